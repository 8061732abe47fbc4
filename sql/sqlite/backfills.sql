-- A ledger made by an earlier version gets these when its first backfill runs.
CREATE TABLE IF NOT EXISTS afloat_backfills (
  version INTEGER PRIMARY KEY,
  -- what people ask of it, from another terminal
  paused_by TEXT,                 -- who, in words; NULL: not paused
  paused_at TEXT,
  batch INTEGER,                    -- rows in a batch; NULL: steered by time
  rate INTEGER,                     -- rows a second at most; NULL: as configured, 0: no limit
  -- what its runner last told
  step TEXT,
  rows INTEGER,
  total INTEGER,
  speed REAL,          -- rows a second
  seconds_left REAL,
  held_by TEXT,                   -- why it pauses, or NULL
  held_since TEXT,
  at REAL              -- seconds since the epoch
);
CREATE TABLE IF NOT EXISTS afloat_ranges (
  version INTEGER NOT NULL,
  step TEXT NOT NULL,
  number INTEGER NOT NULL,          -- of the worker
  position TEXT,                  -- behind this key it goes on, as SQL literals
  upto TEXT NOT NULL,             -- its last key
  rows INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (version, step, number)
);
