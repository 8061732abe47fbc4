CREATE TABLE users (id integer PRIMARY KEY, full_name text NOT NULL, age text DEFAULT '0');
CREATE INDEX users_by_age ON users (age);
CREATE INDEX users_by_name ON users (full_name);
INSERT INTO users (id, full_name, age) VALUES
  (1, 'Ada Lovelace', '036'), (2, 'Alan Turing', '41'), (3, 'Grace  Hopper', '85');
