
DECLARE
  leaf record;
BEGIN
  FOR leaf IN
    SELECT t.relid::pg_catalog.regclass AS name FROM pg_catalog.pg_partition_tree({table}::pg_catalog.regclass) t
    WHERE t.isleaf AND t.level > 0 AND NOT EXISTS
      (SELECT FROM pg_catalog.pg_constraint o WHERE o.conrelid = t.relid AND o.conname = {name})
    ORDER BY 1
  LOOP
    EXECUTE 'ALTER TABLE ' || leaf.name || {add};
  END LOOP;
END
