-- Partitions that came after the plan and cannot have their part of the index.
SELECT pg_catalog.format('the partition %I.%I came after the plan, and %s: detach it: it cannot have its part of %I', n.nspname, c.relname,
  CASE WHEN c.relkind = 'f' THEN 'is a foreign table' ELSE 'is itself partitioned by what is not in the index' END, {name})
FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass({table})) t
JOIN pg_catalog.pg_class c ON c.oid = t.relid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE t.level > 0 AND (c.relkind = 'f' OR {unique} AND EXISTS (SELECT FROM pg_catalog.pg_partitioned_table p
  CROSS JOIN LATERAL pg_catalog.unnest(p.partattrs::smallint[]) k(attnum)
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = k.attnum
  WHERE p.partrelid = t.relid AND (k.attnum = 0 OR a.attname::text <> ALL ({columns}))))
ORDER BY 1
