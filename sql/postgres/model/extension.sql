-- What belongs to an extension counts with it: its version stands for all of it.
SELECT '' AS "table", pg_catalog.quote_ident(e.extname) AS "name", e.extversion AS "version",
  pg_catalog.quote_ident(n.nspname) AS "schema"
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
