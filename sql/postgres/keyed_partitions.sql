-- Partitions below a table that are themselves partitioned by the column: the server does not let it go.
SELECT DISTINCT pg_catalog.format('the partition %I.%I is itself partitioned by %s: %s stays as long as it does', n.nspname, c.relname,
  pg_catalog.pg_get_partkeydef(k.partrelid), {column})
FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass({table})) t
JOIN pg_catalog.pg_partitioned_table k ON k.partrelid = t.relid
JOIN pg_catalog.pg_class c ON c.oid = t.relid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = t.relid AND d.objsubid > 0
  AND d.refclassid = d.classid AND d.refobjid = t.relid AND d.refobjsubid = 0 AND d.deptype = 'i'
JOIN pg_catalog.pg_attribute a ON a.attrelid = t.relid AND a.attnum = d.objsubid AND a.attname = {column}
WHERE t.level > 0
ORDER BY 1
