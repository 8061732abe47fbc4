-- Not how far it has counted. The sequence of an identity belongs to its column. Of afloat's own, those that count writes.
SELECT '' AS "table", pg_catalog.format('%s.%I', n.q, c.relname) AS "name",
  pg_catalog.format_type(s.seqtypid, NULL) AS "type", s.seqstart::text AS "start", s.seqincrement::text AS "increment",
  s.seqmin::text AS "minimum", s.seqmax::text AS "maximum", s.seqcache::text AS "cache",
  CASE WHEN s.seqcycle THEN 'yes' END AS "cycle", CASE c.relpersistence WHEN 'u' THEN 'unlogged' END AS "persistence",
  (SELECT pg_catalog.format('%I.%I.%I', tn.nspname, t.relname, a.attname)
   FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
   JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
   JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
   WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0
     AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'a') AS "owned by",
  {rights c.relacl c.relowner s}, {notes c.oid pg_class}
FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid JOIN {all_places} n ON n.oid = c.relnamespace
WHERE {mine c.oid pg_class}
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    AND d.objid = c.oid AND d.deptype = 'i' AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass)
  AND NOT (n.nspname = 'afloat' AND c.relname !~ '_\d+_\d+')
