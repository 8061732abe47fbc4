-- Those that no constraint made.
SELECT c.display AS "table", pg_catalog.format('%s.%I', c.place, x.relname) AS "name",
  pg_catalog.pg_get_indexdef(i.indexrelid) AS "definition",
  CASE WHEN NOT i.indisvalid THEN 'no' END AS "valid",
  CASE WHEN x.relispartition THEN (SELECT pg_catalog.format('%I.%I', pn.nspname, p.relname) FROM pg_catalog.pg_inherits h
    JOIN pg_catalog.pg_class p ON p.oid = h.inhparent JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
    WHERE h.inhrelid = x.oid) END AS "attached to",
  s.spcname::text AS "tablespace",
  CASE WHEN i.indexprs IS NOT NULL THEN (SELECT pg_catalog.string_agg(pg_catalog.format('%s: %s', a.attnum, a.attstattarget), ', '
      ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0) END
    AS "statistics",
  {notes x.oid pg_class}
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
JOIN {tables} c ON c.oid = i.indrelid
LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = x.reltablespace
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint o WHERE o.conindid = i.indexrelid AND o.conrelid = i.indrelid
    AND o.contype IN ('p', 'u', 'x'))
