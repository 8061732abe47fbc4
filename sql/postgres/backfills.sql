-- A ledger made by an earlier version gets these when its first backfill runs.
CREATE TABLE IF NOT EXISTS afloat.backfills (
  version bigint PRIMARY KEY,
  -- what people ask of it, from another terminal
  paused_by text,                 -- who, in words; NULL: not paused
  paused_at text,
  batch bigint,                    -- rows in a batch; NULL: steered by time
  rate bigint,                     -- rows a second at most; NULL: as configured, 0: no limit
  -- what its runner last told
  step text,
  rows bigint,
  total bigint,
  speed double precision,          -- rows a second
  seconds_left double precision,
  held_by text,                   -- why it pauses, or NULL
  held_since text,
  at double precision              -- seconds since the epoch
);
CREATE TABLE IF NOT EXISTS afloat.ranges (
  version bigint NOT NULL,
  step text NOT NULL,
  number bigint NOT NULL,          -- of the worker
  position text,                  -- behind this key it goes on, as SQL literals
  upto text NOT NULL,             -- its last key
  rows bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (version, step, number)
);
