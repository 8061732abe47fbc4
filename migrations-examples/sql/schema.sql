CREATE TABLE orders (id integer PRIMARY KEY, user_id integer NOT NULL, state text NOT NULL);
CREATE VIEW open_orders AS SELECT id, user_id FROM orders WHERE state = 'new';
INSERT INTO orders (id, user_id, state) VALUES (1, 7, 'new'), (2, 7, 'paid'), (3, 9, 'new');
