SELECT '' AS "table", pg_catalog.format('%s.%I', n.q, c.relname) AS "name",
  CASE c.relkind WHEN 'm' THEN 'materialized view' END AS "form",
  pg_catalog.pg_get_viewdef(c.oid) AS "definition",
  (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS "columns",
  pg_catalog.array_to_string(ARRAY(SELECT o FROM pg_catalog.unnest(c.reloptions) AS o ORDER BY o COLLATE "C"), ', ') AS "options",
  CASE WHEN am.amname <> 'heap' THEN am.amname::text END AS "access method", s.spcname::text AS "tablespace",
  CASE WHEN NOT c.relispopulated THEN 'no' END AS "populated",
  {rights c.relacl c.relowner r}, {notes c.oid pg_class}
FROM pg_catalog.pg_class c JOIN {places} n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
WHERE c.relkind IN ('v', 'm') AND {mine c.oid pg_class}
