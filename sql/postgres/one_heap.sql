-- Whether $1 has all its rows in one table that can be read by pages: no partitions, no children, and of PostgreSQL's own
-- kind of storage (another may have no pages).
SELECT c.relkind = 'r' AND a.amname = 'heap' AND NOT c.relhassubclass
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_am a ON a.oid = c.relam
WHERE c.oid = pg_catalog.to_regclass($1)
