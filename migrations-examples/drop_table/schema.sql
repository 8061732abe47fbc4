CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE visits (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users (id), page text);
CREATE INDEX visits_by_user ON visits (user_id);
INSERT INTO users (id, name) VALUES (1, 'Ada'), (2, 'Alan');
INSERT INTO visits (id, user_id, page) VALUES (1, 1, '/'), (2, 1, '/help'), (3, 2, '/');
