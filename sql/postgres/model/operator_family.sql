-- With the operators and support functions that no class has.
SELECT '' AS "table", pg_catalog.format('%s.%I USING %I', n.q, f.opfname, am.amname) AS "name",
  (SELECT pg_catalog.string_agg(x, ', ' ORDER BY x COLLATE "C") FROM (
     SELECT pg_catalog.format('OPERATOR %s %s%s', a.amopstrategy, a.amopopr::pg_catalog.regoperator,
       CASE WHEN a.amopsortfamily <> 0 THEN ' FOR ORDER BY ' || (SELECT pg_catalog.format('%I.%I', sn.nspname, s.opfname)
         FROM pg_catalog.pg_opfamily s JOIN pg_catalog.pg_namespace sn ON sn.oid = s.opfnamespace
         WHERE s.oid = a.amopsortfamily) END)
     FROM pg_catalog.pg_amop a WHERE a.amopfamily = f.oid AND {loose a.oid pg_amop}
     UNION ALL
     SELECT pg_catalog.format('FUNCTION %s (%s, %s) %s', p.amprocnum, pg_catalog.format_type(p.amproclefttype, NULL),
       pg_catalog.format_type(p.amprocrighttype, NULL), p.amproc::pg_catalog.regprocedure)
     FROM pg_catalog.pg_amproc p WHERE p.amprocfamily = f.oid AND {loose p.oid pg_amproc}) AS m(x)) AS "members",
  {owner f.opfowner}, {notes f.oid pg_opfamily}
FROM pg_catalog.pg_opfamily f JOIN {places} n ON n.oid = f.opfnamespace JOIN pg_catalog.pg_am am ON am.oid = f.opfmethod
WHERE {mine f.oid pg_opfamily}
