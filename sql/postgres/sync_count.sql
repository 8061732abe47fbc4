
DECLARE
  milliseconds bigint;
  written bigint;
  late boolean;
  ignored bigint;
BEGIN
  IF pg_catalog.current_setting('afloat.backfill', true) OPERATOR(pg_catalog.<>) '' THEN
    RETURN NEW;
  END IF;
  -- setval() writes to the log: behind the first thousand a hundred times a second is enough. nextval() would change
  -- what lastval() tells the writer. Two writers at one instant may count as one.
  milliseconds := pg_catalog.int8(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) OPERATOR(pg_catalog.*) 1000);
  late := pg_catalog.abs(milliseconds OPERATOR(pg_catalog.-) coalesce(pg_catalog.pg_sequence_last_value({last}), 0)) OPERATOR(pg_catalog.>) 10;
  written := coalesce(pg_catalog.pg_sequence_last_value({writes}), 0);
  IF late OR written OPERATOR(pg_catalog.<) 1000 THEN
    ignored := pg_catalog.setval({writes}, written OPERATOR(pg_catalog.+) 1);
  END IF;
  IF late THEN
    ignored := pg_catalog.setval({last}, milliseconds);
  END IF;
  RETURN NEW;
END
