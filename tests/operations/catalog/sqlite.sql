-- What a table can have around it: nothing of it may be lost or come in new, but for what an operation says.
CREATE TABLE owners (id integer PRIMARY KEY AUTOINCREMENT, name text NOT NULL);
INSERT INTO owners (id, name) VALUES (5, 'Ada'), (7, 'Bert');
DELETE FROM owners WHERE name = 'none';
CREATE TABLE things ( -- a comment
  id integer CONSTRAINT things_key PRIMARY KEY AUTOINCREMENT,
  word text COLLATE NOCASE NOT NULL DEFAULT 'none' CONSTRAINT word_is_long CHECK (length(word) > 1), /* a word, */
  "number" text NOT NULL DEFAULT '100' CHECK (number > 0),
  loose text DEFAULT 'x',
  owner integer CONSTRAINT things_of_owner REFERENCES owners ON DELETE SET NULL,
  full_name text NOT NULL DEFAULT 'Ada King',
  first_name text DEFAULT 'A', last_name text DEFAULT 'B',
  state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'paid', 'sent')),
  size numeric(6, 2), area numeric AS (size * size) STORED, half numeric GENERATED ALWAYS AS (size / 2) VIRTUAL,
  made text NOT NULL DEFAULT CURRENT_TIMESTAMP,
  title varchar(20) NOT NULL, spare text NOT NULL DEFAULT 's',
  CONSTRAINT word_once UNIQUE (word, owner), UNIQUE (loose, id), CHECK (made <> title)
);
CREATE INDEX things_word_lower ON things (lower(word) DESC, made) WHERE word <> '';
CREATE INDEX things_number_sum ON things (number + 1, word) WHERE number < 500;
CREATE UNIQUE INDEX number_once ON things (number COLLATE BINARY);
CREATE INDEX things_loose ON things (loose);
CREATE INDEX things_title ON things (title COLLATE RTRIM);
CREATE INDEX things_full_name ON things (full_name);
CREATE VIEW words AS SELECT id, word AS term, number FROM things;
CREATE VIEW long_words(term, title) AS SELECT term, title FROM words JOIN things USING (id) WHERE things.number > 2;
CREATE TABLE log (what text, id integer);
CREATE TRIGGER touching AFTER UPDATE OF size ON things BEGIN INSERT INTO log VALUES ('size', NEW.id); END;
CREATE TRIGGER seeing AFTER UPDATE OF number ON things WHEN NEW.number > 30 BEGIN INSERT INTO log VALUES (NEW.number, NEW.id); END;
CREATE TRIGGER insteadly INSTEAD OF INSERT ON words BEGIN INSERT INTO things (word, number, title) VALUES (NEW.term, NEW.number, 'by view'); END;
INSERT INTO things (id, word, number, owner, size, title, made) VALUES
  (1, 'one', 11, 5, 1.5, 'First', '2024-01-01'), (4, 'two', 12, NULL, 2, 'Second', '2024-01-02'), (7, 'three', 13, 7, NULL, 'Third', '2024-01-03');
UPDATE things SET loose = NULL, first_name = 'Alan', last_name = 'Turing', full_name = 'Alan Turing' WHERE number = 12;
UPDATE sqlite_sequence SET seq = 40 WHERE name = 'things';

-- Children of things, by key and by a unique column; without a rowid.
CREATE TABLE parts (thing integer NOT NULL REFERENCES things ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, line integer NOT NULL,
  number text REFERENCES things (number) ON UPDATE CASCADE, note text, PRIMARY KEY (thing, line)) WITHOUT ROWID;
CREATE VIEW parts_of_things AS SELECT parts.note, things.word FROM parts JOIN things ON things.id = parts.thing;
INSERT INTO parts VALUES (1, 1, NULL, 'a'), (4, 1, '12', NULL);

-- A table without much, where a rule keeps an operation from the one above.
CREATE TABLE plain (id integer PRIMARY KEY, amount integer NOT NULL DEFAULT 3, note text DEFAULT 'n', thing integer, street text,
  city text DEFAULT 'Rome', code integer) STRICT;
CREATE INDEX plain_amount ON plain (amount DESC, note);
CREATE INDEX plain_street ON plain (street);
CREATE INDEX plain_thing ON plain (thing);
INSERT INTO plain VALUES (1, 3, 'n', 1, 'Main', 'Rome', 7), (2, 4, 'm', 4, NULL, 'Oslo', 8);

CREATE TABLE visits (id integer PRIMARY KEY AUTOINCREMENT, page text NOT NULL DEFAULT '/', seconds integer CHECK (seconds > 0), owner integer REFERENCES owners,
  UNIQUE (page, seconds));
CREATE INDEX visits_page ON visits (page);
CREATE TRIGGER visiting AFTER UPDATE ON visits BEGIN INSERT INTO log VALUES ('visit', NEW.id); END;
INSERT INTO visits (page, seconds, owner) VALUES ('/a', 1, 5), ('/b', NULL, NULL);

-- Two tables with one row each for the other.
CREATE TABLE halls (id integer PRIMARY KEY, seats integer DEFAULT 10, name text);
CREATE TABLE stages (hall integer PRIMARY KEY REFERENCES halls ON DELETE CASCADE, depth integer);
CREATE INDEX halls_seats ON halls (seats DESC);
CREATE TRIGGER hall_seen AFTER UPDATE ON halls BEGIN INSERT INTO log VALUES ('hall', NEW.id); END;
CREATE TRIGGER stage_seen AFTER UPDATE ON stages BEGIN INSERT INTO log VALUES ('stage', NEW.hall); END;
INSERT INTO halls VALUES (1, 100, 'Great'), (2, NULL, 'Small');
INSERT INTO stages VALUES (1, 5), (2, 6);
ANALYZE;
PRAGMA user_version = 7;
PRAGMA application_id = 9;
