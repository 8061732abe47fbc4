CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, country text NOT NULL);
INSERT INTO users (id, name, age, country) VALUES (1, 'Ada', 36, 'UK'), (2, 'Alan', 41, 'UK'), (3, 'Grace', NULL, 'US');
