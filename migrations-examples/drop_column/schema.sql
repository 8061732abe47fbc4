CREATE TABLE teams (id integer PRIMARY KEY);
CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL UNIQUE, nickname text NOT NULL,
                    badge text UNIQUE CHECK (length(badge) > 1), team integer REFERENCES teams (id));
CREATE INDEX users_by_team ON users (team);
CREATE TABLE visits (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE);
CREATE VIEW names AS SELECT id, name FROM users;
INSERT INTO teams (id) VALUES (1), (2);
INSERT INTO users (id, name, nickname, badge, team) VALUES
  (1, 'Ada', 'countess', 'A1', 1), (2, 'Alan', 'prof', 'A2', 2), (3, 'Grace', 'amazing', NULL, 1);
INSERT INTO visits (id, user_id) VALUES (1, 1), (2, 1), (3, 3);
