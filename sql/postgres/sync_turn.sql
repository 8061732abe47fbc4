
DECLARE
  ignored text;
BEGIN
  -- One INSERT of a value at a time, whichever of the two unique indexes its ON CONFLICT names: until COMMIT the
  -- next one waits here, before it looks. The number of locks is bounded, so that other values may wait too.
  ignored := pg_catalog.pg_advisory_xact_lock(TG_RELID::integer,
    pg_catalog.hash_record(ROW({new})) OPERATOR(pg_catalog.&) 1023);
  RETURN NEW;
END
