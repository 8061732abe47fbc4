CREATE TABLE orders (id integer PRIMARY KEY, user_id integer NOT NULL, invoice text, state text NOT NULL);
INSERT INTO orders (id, user_id, invoice, state)
VALUES (1, 7, 'A-1', 'new'), (2, 7, 'A-2', 'paid'), (3, 9, NULL, 'new'), (4, 9, NULL, 'sent');
