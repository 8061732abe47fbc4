CREATE TABLE users (id integer PRIMARY KEY, full_name text NOT NULL, email text);
CREATE INDEX users_by_name ON users (full_name);
INSERT INTO users (id, full_name, email) VALUES (1, 'Ada Lovelace', 'ada@example.org'), (2, 'Mary Ann Evans', NULL), (3, 'Plato', NULL);
