
DECLARE
  place record;
BEGIN
  LOCK TABLE {table};
  -- Keeps out who draws a number without a look at the table.
  ALTER SEQUENCE {sequence} CACHE 1;
  SELECT last_value, is_called INTO STRICT place FROM {sequence};
  DROP SEQUENCE {sequence};
  ALTER TABLE {table} ALTER COLUMN {column} ADD GENERATED {when} AS IDENTITY (SEQUENCE NAME {sequence});
  PERFORM pg_catalog.setval({sequence_literal}::pg_catalog.regclass, place.last_value, place.is_called);
END
