SELECT '' AS "table", pg_catalog.quote_ident(l.lanname) AS "name", CASE WHEN l.lanpltrusted THEN 'yes' END AS "trusted",
  l.lanplcallfoid::pg_catalog.regproc::text AS "handler",
  CASE WHEN l.laninline <> 0 THEN l.laninline::pg_catalog.regproc::text END AS "inline",
  CASE WHEN l.lanvalidator <> 0 THEN l.lanvalidator::pg_catalog.regproc::text END AS "validator",
  {rights l.lanacl l.lanowner l}, {notes l.oid pg_language}
FROM pg_catalog.pg_language l
WHERE l.oid >= 16384 AND {mine l.oid pg_language}
