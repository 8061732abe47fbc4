CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, phone text NOT NULL);
INSERT INTO users (id, name, phone) VALUES (1, 'Ada', '1815'), (2, 'Alan', '1912');
