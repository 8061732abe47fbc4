
DECLARE
  other record;
BEGIN
  FOR other IN
    SELECT n.nspname AS in_schema, c.relname AS now, m.name
    FROM pg_temp.afloat_names m
    CROSS JOIN LATERAL pg_catalog.pg_partition_tree(pg_catalog.to_regclass(m.whole)) t
    JOIN pg_catalog.pg_index i ON i.indexrelid = t.relid AND i.indrelid = m.relid
    JOIN pg_catalog.pg_class c ON c.oid = t.relid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname <> m.name
  LOOP
    EXECUTE pg_catalog.format('ALTER INDEX %I.%I RENAME TO %I', other.in_schema, other.now, other.name);
  END LOOP;
END
