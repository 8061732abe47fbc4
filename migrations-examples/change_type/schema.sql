CREATE TABLE products (id integer PRIMARY KEY, name varchar(40) NOT NULL, stock text NOT NULL DEFAULT '0', price integer);
CREATE INDEX products_stock ON products (stock);
INSERT INTO products (id, name, stock, price) VALUES (1, 'Lamp', '12', 30), (2, 'Desk', '3', 200), (3, 'Chair', '007', 80);
