-- Views that read the tables in $1, with each column that they read; a dependency without column is the whole table.
SELECT n.nspname, v.relname, v.relkind = 'm', pg_catalog.pg_get_viewdef(v.oid),
  (SELECT pg_catalog.string_agg(a.attname, E'\x1f' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
   WHERE a.attrelid = v.oid AND a.attnum > 0 AND NOT a.attisdropped),
  tn.nspname, t.relname, coalesce(a.attname, '')
FROM pg_catalog.pg_depend d
JOIN pg_catalog.pg_rewrite w ON w.oid = d.objid
JOIN pg_catalog.pg_class v ON v.oid = w.ev_class AND v.relkind IN ('v', 'm')
JOIN pg_catalog.pg_namespace n ON n.oid = v.relnamespace
JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
  AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
  AND d.refobjid = ANY ($1::oid[]) AND d.refobjsubid > 0
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
ORDER BY 1, 2, 6, 7, 8
