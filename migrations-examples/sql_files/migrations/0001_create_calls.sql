-- A file without markers is all expand: its statements are one transaction.
CREATE TABLE calls (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users (id), note text);
CREATE INDEX calls_by_user ON calls (user_id);
INSERT INTO calls (id, user_id, note) VALUES (1, 1, 'a note; with a semicolon');
