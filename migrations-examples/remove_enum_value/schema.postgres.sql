CREATE TYPE order_state AS ENUM ('new', 'paid', 'lost');
CREATE TABLE orders (id integer PRIMARY KEY, state order_state NOT NULL DEFAULT 'new');
CREATE TABLE changes (id integer PRIMARY KEY, states order_state[]);
CREATE INDEX orders_open ON orders (state) WHERE state <> 'paid';
INSERT INTO orders (id, state) VALUES (1, 'new'), (2, 'paid'), (3, 'lost');
INSERT INTO changes (id, states) VALUES (1, '{new,paid}'), (2, '{new,lost}');
