CREATE TABLE users (id integer PRIMARY KEY, user_name text NOT NULL, email text NOT NULL, nickname TEXT NOT NULL);
CREATE INDEX users_by_nickname ON users (nickname);
INSERT INTO users (id, user_name, email, nickname) VALUES
  (1, 'ada', 'ada@example.org', 'countess'), (2, 'alan', 'alan@example.org', 'prof'), (3, 'grace', 'grace@example.org', 'amazing');
