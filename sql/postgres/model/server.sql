SELECT '' AS "table", pg_catalog.quote_ident(s.srvname) AS "name",
  (SELECT pg_catalog.quote_ident(f.fdwname) FROM pg_catalog.pg_foreign_data_wrapper f WHERE f.oid = s.srvfdw) AS "wrapper",
  s.srvtype AS "type", s.srvversion AS "version", {options s.srvoptions} AS "options",
  {rights s.srvacl s.srvowner S}, {notes s.oid pg_foreign_server}
FROM pg_catalog.pg_foreign_server s
WHERE {mine s.oid pg_foreign_server}
