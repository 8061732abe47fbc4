CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, nickname text NOT NULL);
INSERT INTO users (id, name, nickname) VALUES (1, 'Ada', 'countess'), (2, 'Alan', 'prof'), (3, 'Grace', 'amazing');
