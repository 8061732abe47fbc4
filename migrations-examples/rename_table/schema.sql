CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL UNIQUE, visits integer NOT NULL DEFAULT 0);
CREATE INDEX users_by_visits ON users (visits);
CREATE TABLE logins (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users (id));
CREATE VIEW regulars AS SELECT id, name FROM users WHERE visits > 10;
INSERT INTO users (id, name, visits) VALUES (1, 'Ada', 12), (2, 'Alan', 3), (3, 'Grace', 40);
INSERT INTO logins (id, user_id) VALUES (1, 1), (2, 3);
