CREATE TABLE users (id integer PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL);
INSERT INTO users (id, first_name, last_name) VALUES (1, 'Ada', 'Lovelace'), (2, 'Alan', 'Turing'), (3, 'Grace', 'Hopper');
