
DECLARE
  partition record;
BEGIN
  FOR partition IN SELECT * FROM {names} ORDER BY in_schema, was LOOP
    EXECUTE pg_catalog.format('ALTER TABLE %I.%I RENAME TO %I', partition.in_schema, partition.was, partition.hidden);
  END LOOP;
END
