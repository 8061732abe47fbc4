CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, nickname text);
INSERT INTO users VALUES (1, 'Ada', 'countess'), (2, 'Bert', NULL), (3, 'Cleo', 'queen');
CREATE TABLE visits (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users (id));
INSERT INTO visits VALUES (1, 1), (2, 3);
