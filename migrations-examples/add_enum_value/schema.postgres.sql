CREATE TYPE order_state AS ENUM ('new', 'paid');
CREATE TABLE orders (id integer PRIMARY KEY, state order_state NOT NULL);
INSERT INTO orders (id, state) VALUES (1, 'new'), (2, 'paid'), (3, 'new');
