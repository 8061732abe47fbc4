SELECT '' AS "table", pg_catalog.format('%s.%I USING %I', n.q, o.opcname, am.amname) AS "name",
  pg_catalog.format_type(o.opcintype, NULL) AS "type", CASE WHEN o.opcdefault THEN 'yes' END AS "default",
  pg_catalog.format('%I.%I', fn.nspname, f.opfname) AS "family",
  CASE WHEN o.opckeytype <> 0 THEN pg_catalog.format_type(o.opckeytype, NULL) END AS "storage",
  {owner o.opcowner}, {notes o.oid pg_opclass}
FROM pg_catalog.pg_opclass o JOIN {places} n ON n.oid = o.opcnamespace JOIN pg_catalog.pg_am am ON am.oid = o.opcmethod
JOIN pg_catalog.pg_opfamily f ON f.oid = o.opcfamily JOIN pg_catalog.pg_namespace fn ON fn.oid = f.opfnamespace
WHERE {mine o.oid pg_opclass}
