-- The tables with a foreign key to one of these that are none of them: (schema, table).
WITH t AS (SELECT pg_catalog.unnest(ARRAY[{tables}]::pg_catalog.regclass[]) AS id)
SELECT DISTINCT n.nspname, c.relname
FROM pg_catalog.pg_constraint f
JOIN pg_catalog.pg_class c ON c.oid = f.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE f.contype = 'f' AND f.confrelid IN (SELECT id FROM t)
  AND f.conrelid NOT IN (SELECT id FROM t WHERE id IS NOT NULL)
ORDER BY 1, 2
