
DECLARE
  partition record;
BEGIN
  FOR partition IN SELECT * FROM {names} ORDER BY in_schema, was LOOP
    -- One that somebody has dropped meanwhile does not come back.
    EXECUTE pg_catalog.format('ALTER TABLE IF EXISTS %I.%I RENAME TO %I', partition.in_schema, partition.hidden, partition.was);
  END LOOP;
END
