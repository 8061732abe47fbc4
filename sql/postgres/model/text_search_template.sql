SELECT '' AS "table", pg_catalog.format('%s.%I', n.q, t.tmplname) AS "name",
  pg_catalog.concat_ws(', ', CASE WHEN t.tmplinit <> 0 THEN 'INIT = ' || t.tmplinit END, 'LEXIZE = ' || t.tmpllexize) AS "functions",
  {notes t.oid pg_ts_template}
FROM pg_catalog.pg_ts_template t JOIN {places} n ON n.oid = t.tmplnamespace
WHERE {mine t.oid pg_ts_template}
