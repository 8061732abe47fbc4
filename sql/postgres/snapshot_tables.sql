-- The tables with rows of their own, each with the names under which a plan may know it: its own, and those of the
-- partitioned tables above it. (schema, table, schema, name)
SELECT n.nspname, c.relname, rn.nspname, r.relname
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT c.oid UNION SELECT relid FROM pg_catalog.pg_partition_ancestors(c.oid)) a(oid)
JOIN pg_catalog.pg_class r ON r.oid = a.oid
JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY 1, 2, 3, 4
