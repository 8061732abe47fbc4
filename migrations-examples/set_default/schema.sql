CREATE TABLE orders (id integer PRIMARY KEY, state text);
INSERT INTO orders (id, state) VALUES (1, 'paid'), (2, NULL);
ALTER TABLE orders ADD COLUMN source text DEFAULT 'web';
