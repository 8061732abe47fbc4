
DECLARE
  partition record;
BEGIN
  -- One that somebody has dropped meanwhile stays away.
  FOR partition IN SELECT * FROM {names} ORDER BY in_schema, was LOOP
    EXECUTE pg_catalog.format('ALTER TABLE IF EXISTS %I.%I RENAME TO %I', partition.in_schema, partition.{from}, partition.{to});
  END LOOP;
END
