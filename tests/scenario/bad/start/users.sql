CREATE TABLE users (id integer PRIMARY KEY, user_name text NOT NULL, email text);
INSERT INTO users VALUES (1, 'ada', 'a@x'), (2, 'bert', 'a@x'), (3, 'cleo', 'c@x');
