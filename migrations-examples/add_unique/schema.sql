CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, email text);
INSERT INTO users (id, name, email) VALUES (1, 'Ada', 'ada@example.org'), (2, 'Alan', 'alan@example.org'), (3, 'Grace', NULL);
