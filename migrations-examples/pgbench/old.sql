-- The old release: knows abalance. One transaction in twenty opens an account.
\set aid random(1, 100000 * :scale)
\set delta random(-5000, 5000)
\set roll random(1, 20)
BEGIN;
\if :roll = 1
INSERT INTO pgbench_accounts (aid, bid, abalance, filler) VALUES (nextval('next_account'), 1, :delta, 'old')
  RETURNING aid AS new_aid \gset
INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (1, 1, :new_aid, :delta, CURRENT_TIMESTAMP);
\else
UPDATE pgbench_accounts SET abalance = abalance + :delta WHERE aid = :aid;
SELECT abalance FROM pgbench_accounts WHERE aid = :aid;
INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (1, 1, :aid, :delta, CURRENT_TIMESTAMP);
\endif
END;
