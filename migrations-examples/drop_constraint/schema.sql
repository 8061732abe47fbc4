CREATE TABLE orders (id integer PRIMARY KEY, total integer NOT NULL, CONSTRAINT orders_total_check CHECK (total >= 0));
INSERT INTO orders (id, total) VALUES (1, 250), (2, 90);
