CREATE TABLE users (id integer PRIMARY KEY, user_name text NOT NULL UNIQUE, email text);
CREATE INDEX users_by_name_and_email ON users (user_name, email);
CREATE VIEW user_names AS SELECT id, user_name AS shown_name FROM users;
INSERT INTO users (id, user_name, email) VALUES (1, 'ada', 'ada@example.com'), (2, 'bert', NULL), (3, 'cleo', 'c@example.com');
