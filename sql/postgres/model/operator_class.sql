SELECT '' AS "table", pg_catalog.format('%s.%I USING %I', n.q, o.opcname, am.amname) AS "name",
  pg_catalog.format_type(o.opcintype, NULL) AS "type", CASE WHEN o.opcdefault THEN 'yes' END AS "default",
  pg_catalog.format('%I.%I', fn.nspname, f.opfname) AS "family",
  CASE WHEN o.opckeytype <> 0 THEN pg_catalog.format_type(o.opckeytype, NULL) END AS "storage",
  (SELECT pg_catalog.string_agg(x, ', ' ORDER BY x COLLATE "C") FROM (
     SELECT pg_catalog.format('OPERATOR %s %s%s', a.amopstrategy, a.amopopr::pg_catalog.regoperator,
       CASE WHEN a.amopsortfamily <> 0 THEN ' FOR ORDER BY ' || (SELECT pg_catalog.format('%I.%I', sn.nspname, s.opfname)
         FROM pg_catalog.pg_opfamily s JOIN pg_catalog.pg_namespace sn ON sn.oid = s.opfnamespace
         WHERE s.oid = a.amopsortfamily) END)
     FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_amop a ON a.oid = d.objid WHERE {member d o.oid pg_amop}
     UNION ALL
     SELECT pg_catalog.format('FUNCTION %s (%s, %s) %s', p.amprocnum, pg_catalog.format_type(p.amproclefttype, NULL),
       pg_catalog.format_type(p.amprocrighttype, NULL), p.amproc::pg_catalog.regprocedure)
     FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_amproc p ON p.oid = d.objid WHERE {member d o.oid pg_amproc}) AS m(x)) AS "members",
  {owner o.opcowner}, {notes o.oid pg_opclass}
FROM pg_catalog.pg_opclass o JOIN {places} n ON n.oid = o.opcnamespace JOIN pg_catalog.pg_am am ON am.oid = o.opcmethod
JOIN pg_catalog.pg_opfamily f ON f.oid = o.opcfamily JOIN pg_catalog.pg_namespace fn ON fn.oid = f.opfnamespace
WHERE {mine o.oid pg_opclass}
