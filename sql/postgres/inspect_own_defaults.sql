-- Columns whose default is another one in a partition or child than in the table of $1 (oid array) itself, as a
-- ColumnUser: what gives it back after ALTER TABLE has handed down the table's.
WITH RECURSIVE below(root, relid) AS (
  SELECT inhparent, inhrelid FROM pg_catalog.pg_inherits WHERE inhparent = ANY ($1::oid[])
  UNION
  SELECT b.root, i.inhrelid FROM below b JOIN pg_catalog.pg_inherits i ON i.inhparent = b.relid
)
SELECT a.attrelid, a.attname, 'own default', n.nspname, c.relname,
  pg_catalog.format('default of %I in %I.%I', a.attname, n.nspname, c.relname), '',
  pg_catalog.format('ALTER TABLE ONLY %I.%I ALTER COLUMN %I ', n.nspname, c.relname, a.attname)
    || coalesce('SET DEFAULT ' || pg_catalog.pg_get_expr(od.adbin, od.adrelid), 'DROP DEFAULT'), 0
FROM below b JOIN pg_catalog.pg_class c ON c.oid = b.relid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = b.root AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
JOIN pg_catalog.pg_attribute o ON o.attrelid = b.relid AND o.attname = a.attname AND NOT o.attisdropped
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_catalog.pg_attrdef od ON od.adrelid = o.attrelid AND od.adnum = o.attnum
WHERE pg_catalog.pg_get_expr(d.adbin, d.adrelid) IS DISTINCT FROM pg_catalog.pg_get_expr(od.adbin, od.adrelid)
ORDER BY 1, a.attnum, 4, 5
