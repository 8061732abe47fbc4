
DECLARE
  milliseconds bigint;
  ignored bigint;
BEGIN
  IF pg_catalog.current_setting('afloat.backfill', true) OPERATOR(pg_catalog.<>) '' THEN
    RETURN NEW;
  END IF;
  -- nextval() would change what lastval() tells the writer. Two writers at one instant may count as one.
  ignored := pg_catalog.setval({writes}, coalesce(pg_catalog.pg_sequence_last_value({writes}), 0) OPERATOR(pg_catalog.+) 1);
  milliseconds := pg_catalog.int8(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) OPERATOR(pg_catalog.*) 1000);
  -- setval() writes to the log: ten times a second is enough.
  IF (milliseconds OPERATOR(pg_catalog.-) 100) OPERATOR(pg_catalog.>=) coalesce(pg_catalog.pg_sequence_last_value({last}), 0) THEN
    ignored := pg_catalog.setval({last}, milliseconds);
  END IF;
  RETURN NEW;
END
