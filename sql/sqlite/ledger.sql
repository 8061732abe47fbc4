-- afloat's own tables in an SQLite database. Format 1: see docs/reference/ledger.md.
CREATE TABLE afloat_meta (
  format INTEGER NOT NULL,        -- of these tables; a program that knows only older formats refuses to touch them
  made_by TEXT NOT NULL           -- the version of afloat that made them
);
CREATE TABLE afloat_migrations (
  version INTEGER PRIMARY KEY,
  label TEXT NOT NULL,            -- the version as the file name has it
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  state TEXT NOT NULL,            -- expanding, expanded, contracting, complete, aborting, purging, reverting
  plan TEXT NOT NULL,             -- the frozen plan, JSON
  in_attic INTEGER NOT NULL,      -- 1 while contract's leavings have not been purged
  expanded_at TEXT,
  contracted_at TEXT
);
-- All but the plan, which fills a page for every two migrations: who asks for the states of all reads this alone.
CREATE UNIQUE INDEX afloat_migrations_states
  ON afloat_migrations (version, label, name, checksum, state, in_attic, expanded_at, contracted_at);
CREATE TABLE afloat_steps (
  version INTEGER NOT NULL,
  id TEXT NOT NULL,
  state TEXT NOT NULL,            -- begun, done
  position TEXT,                  -- where a backfill stands: the last key, as SQL literals
  rows INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (version, id)
);
CREATE TABLE afloat_events (
  id INTEGER PRIMARY KEY,
  at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  version INTEGER NOT NULL,
  name TEXT NOT NULL,
  event TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT ''
);
CREATE TABLE afloat_lease (
  one INTEGER PRIMARY KEY,
  token INTEGER NOT NULL,         -- the fencing token: checked before every COMMIT
  holder TEXT NOT NULL,           -- who, in words; empty when nobody holds it
  process TEXT NOT NULL,          -- host, process id namespace, process id and start time of the runner
  backend TEXT NOT NULL,          -- its session: process id of the server's backend (SQLite: of the runner)
  backend_start TEXT NOT NULL,
  ending TEXT NOT NULL,           -- sessions of earlier holders that must be gone first: pid and start time, ";" behind each
  since TEXT NOT NULL
);
INSERT INTO afloat_lease VALUES (1, 0, '', '', '', '', '', '');
CREATE TABLE afloat_heartbeat (
  one INTEGER PRIMARY KEY,
  at REAL NOT NULL                -- seconds since the epoch
);
INSERT INTO afloat_heartbeat VALUES (1, 0);
CREATE TABLE afloat_counters (
  id TEXT PRIMARY KEY,
  writes INTEGER NOT NULL,
  last_at REAL
);
