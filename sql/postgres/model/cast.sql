SELECT '' AS "table",
  pg_catalog.format('(%s AS %s)', pg_catalog.format_type(c.castsource, NULL), pg_catalog.format_type(c.casttarget, NULL)) AS "name",
  CASE c.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || c.castfunc::pg_catalog.regprocedure::text WHEN 'i' THEN 'WITH INOUT'
    ELSE 'WITHOUT FUNCTION' END AS "method",
  CASE c.castcontext WHEN 'a' THEN 'ASSIGNMENT' WHEN 'i' THEN 'IMPLICIT' END AS "context",
  {notes c.oid pg_cast}
FROM pg_catalog.pg_cast c
WHERE c.oid >= 16384 AND {mine c.oid pg_cast}
