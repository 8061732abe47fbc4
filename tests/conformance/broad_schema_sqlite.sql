-- Every kind of object that a schema of SQLite has, and what can be said of each; see sqlite_round_trip_test.cpp.
PRAGMA application_id = 77;
PRAGMA user_version = 5;
CREATE VIEW before_its_table AS SELECT * FROM people;
CREATE TABLE people (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  email TEXT NOT NULL COLLATE NOCASE UNIQUE ON CONFLICT REPLACE,
  age /* in years */ INT DEFAULT 3 CHECK (age > 0),
  twice GENERATED ALWAYS AS (age * 2) VIRTUAL,
  thrice INTEGER AS (age * 3) STORED NOT NULL,
  kind VARCHAR(20) DEFAULT 'it''s, "one"', data BLOB DEFAULT x'00ff', price DECIMAL(10, 2) DEFAULT -1.5, made TEXT DEFAULT CURRENT_TIMESTAMP,
  code TEXT DEFAULT (lower('X') || ','), nil DEFAULT NULL, untyped, truth BOOLEAN DEFAULT TRUE,
  strict_one TEXT NOT NULL ON CONFLICT IGNORE, named_one INTEGER CONSTRAINT must NOT NULL CONSTRAINT positive CHECK (named_one > 0),
  boss INTEGER REFERENCES people (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT grown CHECK (age > 2 AND kind <> ', ('),
  UNIQUE (kind, age), CHECK (price > -10 AND data != x'00' AND price->>'$' || 'x' <> 'y' AND price < 1.5e-3 AND 1 << 2 >= 3 AND .5 = 0.5));
CREATE TABLE "Order ""x"".y" ("select" TEXT PRIMARY KEY NOT NULL, [in brackets] INT, `ticks` REAL, "a, b" INT);
CREATE TABLE keyed (a INT, b TEXT COLLATE RTRIM, c ANY, PRIMARY KEY (b DESC, a)) STRICT, WITHOUT ROWID;
CREATE TABLE plain_key (k TEXT PRIMARY KEY DESC, v);
CREATE TABLE without_one (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
CREATE TABLE child (a INT, b TEXT, FOREIGN KEY (b, a) REFERENCES keyed ON UPDATE CASCADE MATCH SIMPLE, CONSTRAINT to_later FOREIGN KEY (a) REFERENCES later (id));
CREATE TABLE later (id INTEGER PRIMARY KEY, other INT REFERENCES child);
CREATE TABLE upper_CASE (Id integer primary key, Value text);
CREATE TABLE added (a INT);
ALTER TABLE added ADD COLUMN b TEXT DEFAULT 'x' NOT NULL;
ALTER TABLE added ADD COLUMN c INT REFERENCES later (id);
ALTER TABLE added RENAME TO "added to";
CREATE INDEX by_age ON people (age DESC, email COLLATE BINARY) WHERE age > 5 AND kind <> ';';
CREATE UNIQUE INDEX by_sum ON people (age + id, lower(email));
CREATE INDEX "odd index" ON "Order ""x"".y" ("in brackets", "a, b");
CREATE VIEW adults (number, mail) AS SELECT id, email FROM people WHERE age > 17;
CREATE VIEW a_on_top AS WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT * FROM adults, n;
CREATE TRIGGER touch AFTER UPDATE OF age, email ON people FOR EACH ROW WHEN old.age <> new.age BEGIN UPDATE later SET other = 1; SELECT CASE WHEN 1 THEN RAISE (ABORT, 'no; END') END; END;
CREATE TRIGGER instead INSTEAD OF INSERT ON adults BEGIN INSERT INTO people (email) VALUES (new.mail); END;
CREATE TRIGGER "odd one" BEFORE DELETE ON "Order ""x"".y" BEGIN DELETE FROM child; END;
CREATE VIRTUAL TABLE words USING fts5(word, tokenize = 'porter ascii');
CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1);
