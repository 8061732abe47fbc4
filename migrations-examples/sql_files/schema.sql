CREATE TABLE users (id integer PRIMARY KEY, user_name text NOT NULL, phone_raw text);
CREATE VIEW phone_book AS SELECT user_name, phone_raw FROM users WHERE phone_raw IS NOT NULL;
INSERT INTO users (id, user_name, phone_raw) VALUES (1, 'ada', '030 12 34'), (2, 'bert', NULL), (3, 'cleo', '040-567');
