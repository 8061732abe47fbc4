CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id integer PRIMARY KEY, user_id integer REFERENCES users (id) ON DELETE CASCADE, state text);
INSERT INTO users (id, name) VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO orders (id, user_id, state) VALUES (1, 1, 'open'), (2, 2, 'done');
