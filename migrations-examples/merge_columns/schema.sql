CREATE TABLE users (id integer PRIMARY KEY, first_name text, last_name text NOT NULL, email text);
CREATE INDEX users_by_name ON users (last_name, first_name);
INSERT INTO users (id, first_name, last_name, email) VALUES (1, 'Ada', 'Lovelace', 'ada@example.org'), (2, 'Mary Ann', 'Evans', NULL), (3, NULL, 'Plato', NULL);
