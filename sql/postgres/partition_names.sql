-- The partitions of all levels, and the names that they get in the attic: of 63 bytes at most.
SELECT n.nspname AS in_schema, c.relname AS was, CASE WHEN pg_catalog.octet_length({prefix} || c.relname) <= 63 THEN {prefix} || c.relname
    ELSE {prefix} || pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(c.relname, 'UTF8')), 'hex'), 24) END AS hidden
FROM pg_catalog.pg_partition_tree({table}::pg_catalog.regclass) t
JOIN pg_catalog.pg_class c ON c.oid = t.relid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE t.level > 0
