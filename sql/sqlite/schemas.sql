-- What the schema was when a run ended. A ledger made by an earlier version gets this when its next run ends.
CREATE TABLE IF NOT EXISTS afloat_schemas (
  id INTEGER PRIMARY KEY,
  at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  event INTEGER NOT NULL,            -- the newest event that was there
  label TEXT NOT NULL,              -- of the highest migration then; empty: none
  format INTEGER NOT NULL,          -- of the model's text; one that is read in another format is not compared
  server_version INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,        -- SHA-256 of the model's text
  reason TEXT NOT NULL,             -- why drift was accepted; empty: the end of a run
  model TEXT                        -- NULL where newer ones are kept
);
