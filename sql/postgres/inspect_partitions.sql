-- All that is below the partitioned tables in $1, parents first.
SELECT r.root, n.nspname, c.relname, pn.nspname, p.relname, c.relkind = 'p', c.relkind = 'f'
FROM pg_catalog.unnest($1::oid[]) AS r(root)
CROSS JOIN LATERAL pg_catalog.pg_partition_tree(r.root) t
JOIN pg_catalog.pg_class c ON c.oid = t.relid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class p ON p.oid = t.parentrelid
JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
WHERE t.level > 0 AND (SELECT relkind FROM pg_catalog.pg_class WHERE oid = r.root) = 'p'
ORDER BY 1, t.level, 2, 3
