-- What the schema was when a run ended. A ledger made by an earlier version gets this when its next run ends.
CREATE TABLE IF NOT EXISTS afloat.schemas (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  event bigint NOT NULL,            -- the newest event that was there
  label text NOT NULL,              -- of the highest migration then; empty: none
  format integer NOT NULL,          -- of the model's text; one that is read in another format is not compared
  server_version integer NOT NULL,
  fingerprint text NOT NULL,        -- SHA-256 of the model's text
  reason text NOT NULL,             -- why drift was accepted; empty: the end of a run
  model text                        -- NULL where newer ones are kept
);
