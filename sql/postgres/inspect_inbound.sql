-- Tables whose foreign keys point at the tables in $1; of a partitioned one not the partitions, which have them from it.
SELECT DISTINCT o.confrelid, n.nspname, c.relname
FROM pg_catalog.pg_constraint o
JOIN pg_catalog.pg_class c ON c.oid = o.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE o.contype = 'f' AND o.confrelid = ANY ($1::oid[])
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint w WHERE w.oid = o.conparentid AND w.confrelid = o.confrelid)
ORDER BY 1, 2, 3
