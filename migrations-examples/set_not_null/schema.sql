CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, email text, country text);
INSERT INTO users (id, name, email, country) VALUES (1, 'Ada', 'ada@example.org', 'UK'), (2, 'Alan', NULL, 'UK'), (3, 'Grace', NULL, 'US');
