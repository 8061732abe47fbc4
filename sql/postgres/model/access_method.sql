SELECT '' AS "table", pg_catalog.quote_ident(a.amname) AS "name", CASE a.amtype WHEN 't' THEN 'TABLE' ELSE 'INDEX' END AS "type",
  a.amhandler::text AS "handler", {notes a.oid pg_am}
FROM pg_catalog.pg_am a
WHERE a.oid >= 16384 AND {mine a.oid pg_am}
