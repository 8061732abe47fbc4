CREATE TABLE users (id integer PRIMARY KEY, invited_by integer REFERENCES users (id), name text NOT NULL);
CREATE TABLE orders (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE, state text);
CREATE INDEX orders_by_user ON orders (user_id);
INSERT INTO users (id, invited_by, name) VALUES (1, NULL, 'Ann'), (2, 1, 'Bob');
INSERT INTO orders (id, user_id, state) VALUES (1, 1, 'open'), (2, 2, 'done');
