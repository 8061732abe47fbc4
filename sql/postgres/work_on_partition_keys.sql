
DECLARE
  part record;
BEGIN
  FOR part IN
    SELECT t.relid::pg_catalog.regclass AS name FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass({table})) t
    JOIN pg_catalog.pg_constraint o ON o.conrelid = t.relid AND o.conname = {name}
    WHERE t.level > 0 AND o.conparentid = 0 AND {which}
    ORDER BY 1
  LOOP
    EXECUTE 'ALTER TABLE ' || part.name || {action};
  END LOOP;
END
