
DECLARE
  place record;
BEGIN
  LOCK TABLE {table};
  -- Keeps out who draws a number without a look at the table.
  ALTER SEQUENCE {sequence} CACHE 1;
  SELECT last_value, is_called INTO STRICT place FROM {sequence};
  ALTER TABLE {table} ALTER COLUMN {column} DROP IDENTITY;
  CREATE SEQUENCE {sequence} AS {type} OWNED BY {table}.{column};
  PERFORM pg_catalog.setval({sequence_literal}::pg_catalog.regclass, place.last_value, place.is_called);
END
