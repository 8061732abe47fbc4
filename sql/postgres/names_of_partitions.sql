
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
  -- An index of a partition that was there before its key calls the column by its working name.
  FOR other IN
    SELECT n.nspname AS in_schema, c.relname AS now, a.attname AS from_name, w.attname AS to_name
    FROM (SELECT DISTINCT m.whole FROM pg_temp.afloat_names m) m
    CROSS JOIN LATERAL pg_catalog.pg_partition_tree(pg_catalog.to_regclass(m.whole)) t
    JOIN pg_catalog.pg_class c ON c.oid = t.relid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.relid
    JOIN pg_catalog.pg_attribute w ON w.attrelid = pg_catalog.to_regclass(m.whole) AND w.attnum = a.attnum
    WHERE t.isleaf AND t.level > 0 AND a.attname <> w.attname
  LOOP
    EXECUTE pg_catalog.format('ALTER TABLE %I.%I RENAME COLUMN %I TO %I', other.in_schema, other.now, other.from_name, other.to_name);
  END LOOP;
END
