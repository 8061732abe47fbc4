CREATE TABLE orders (id integer PRIMARY KEY, state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'paid', 'lost')));
INSERT INTO orders (id, state) VALUES (1, 'new'), (2, 'paid'), (3, 'lost');
