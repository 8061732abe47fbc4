CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id integer, region text, user_id integer REFERENCES users (id) ON DELETE CASCADE, state text, PRIMARY KEY (id, region));
CREATE TABLE bills (number integer PRIMARY KEY, order_id integer, region text, FOREIGN KEY (order_id, region) REFERENCES orders (id, region) ON DELETE CASCADE);
INSERT INTO users (id, name) VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO orders (id, region, user_id, state) VALUES (1, 'eu', 1, 'open'), (2, 'us', 2, 'done');
INSERT INTO bills (number, order_id, region) VALUES (1, 2, 'us');
