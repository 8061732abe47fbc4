CREATE TABLE orders (id integer PRIMARY KEY, note text DEFAULT 'none');
INSERT INTO orders (id, note) VALUES (1, 'fragile'), (2, 'none');
ALTER TABLE orders ADD COLUMN source text NOT NULL DEFAULT 'web';
