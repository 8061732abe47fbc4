CREATE TABLE orders (id integer PRIMARY KEY, state text NOT NULL CHECK (state IN ('new', 'paid')));
INSERT INTO orders (id, state) VALUES (1, 'new'), (2, 'paid'), (3, 'new');
