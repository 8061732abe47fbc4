-- Tables whose foreign keys point at the tables in $1, in the order in which the first of each was made. Not those that
-- partitions have, on either side, from their parents.
SELECT o.confrelid, n.nspname, c.relname
FROM pg_catalog.pg_constraint o
JOIN pg_catalog.pg_class c ON c.oid = o.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE o.contype = 'f' AND o.confrelid = ANY ($1::oid[]) AND o.conparentid = 0
GROUP BY 1, 2, 3
ORDER BY 1, pg_catalog.min(o.oid)
