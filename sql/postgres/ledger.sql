-- afloat's own schema in a PostgreSQL database. Format 1: see docs/reference/ledger.md.
CREATE SCHEMA afloat;
CREATE TABLE afloat.meta (
  format integer PRIMARY KEY,     -- of these tables; a program that knows only older formats refuses to touch them
  made_by text NOT NULL           -- the version of afloat that made them
);
CREATE TABLE afloat.migrations (
  version bigint PRIMARY KEY,
  label text NOT NULL,            -- the version as the file name has it
  name text NOT NULL,
  checksum text NOT NULL,
  state text NOT NULL,            -- expanding, expanded, contracting, complete, aborting, purging, reverting
  plan text NOT NULL,             -- the frozen plan, JSON
  in_attic integer NOT NULL,      -- 1 while contract's leavings have not been purged
  expanded_at timestamptz,
  contracted_at timestamptz
);
CREATE TABLE afloat.steps (
  version bigint NOT NULL,
  id text NOT NULL,
  state text NOT NULL,            -- begun, done
  position text,                  -- where a backfill stands: the last key, as SQL literals
  rows bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (version, id)
);
CREATE TABLE afloat.events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  version bigint NOT NULL,
  name text NOT NULL,
  event text NOT NULL,
  detail text NOT NULL DEFAULT ''
);
-- One row. Each table has a key, because a publication FOR ALL TABLES lets no row be changed in one that has none.
CREATE TABLE afloat.lease (
  one integer PRIMARY KEY,
  token bigint NOT NULL,          -- the fencing token: checked, locked, as the last statement before every COMMIT
  holder text NOT NULL,           -- who, in words; empty when nobody holds it
  process text NOT NULL,          -- host, process id namespace, process id and start time of the runner
  backend text NOT NULL,          -- its session: process id of the server's backend (SQLite: of the runner)
  backend_start text NOT NULL,
  ending text NOT NULL,           -- sessions of earlier holders that must be gone first: pid and start time, ";" behind each
  since text NOT NULL
);
INSERT INTO afloat.lease VALUES (1, 0, '', '', '', '', '', '');
-- A row of its own, so that a heartbeat never waits for the fence's lock.
CREATE TABLE afloat.heartbeat (
  one integer PRIMARY KEY,
  at double precision NOT NULL    -- seconds since the epoch, by the server's clock
);
INSERT INTO afloat.heartbeat VALUES (1, 0);
