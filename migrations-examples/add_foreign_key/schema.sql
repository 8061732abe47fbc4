CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id integer PRIMARY KEY, user_id integer, total integer NOT NULL);
CREATE INDEX orders_by_user ON orders (user_id);
INSERT INTO users (id, name) VALUES (1, 'Ada'), (2, 'Alan');
INSERT INTO orders (id, user_id, total) VALUES (1, 1, 250), (2, 1, 90), (3, NULL, 15);
