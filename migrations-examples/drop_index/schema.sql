CREATE TABLE orders (id integer PRIMARY KEY, user_id integer NOT NULL, invoice text, state text NOT NULL);
CREATE INDEX orders_by_state ON orders (state) WHERE state <> 'done';
INSERT INTO orders (id, user_id, invoice, state) VALUES (1, 7, 'A-1', 'new'), (2, 7, 'A-2', 'done');
