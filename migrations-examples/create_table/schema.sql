CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO users (id, name) VALUES (1, 'ada'), (2, 'bert'), (3, 'cleo');
