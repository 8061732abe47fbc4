-- The new release: knows balance and risk. One transaction in twenty opens an account.
\set aid random(1, 100000 * :scale)
\set delta random(-5000, 5000)
\set roll random(1, 20)
BEGIN;
\if :roll = 1
INSERT INTO pgbench_accounts (aid, bid, balance, risk, filler)
  SELECT aid, 1, :delta, case when aid % 10 = 0 then 'high' else 'low' end, 'new' FROM nextval('next_account') AS aid
  RETURNING aid AS new_aid \gset
INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (2, 1, :new_aid, :delta, CURRENT_TIMESTAMP);
\else
UPDATE pgbench_accounts SET balance = balance + :delta WHERE aid = :aid;
SELECT balance, risk FROM pgbench_accounts WHERE aid = :aid;
INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (2, 1, :aid, :delta, CURRENT_TIMESTAMP);
\endif
END;
