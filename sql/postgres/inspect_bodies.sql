-- Functions whose body names a column of the tables in $1 (oid array), as a ColumnUser: a body is text, and does not follow the
-- column. Of what names the table too, or a view on it, or is the function of their triggers: a column's name alone says little.
WITH RECURSIVE relations(root, oid, depth) AS (
  SELECT r.oid, r.oid, 0 FROM pg_catalog.unnest($1::oid[]) AS r(oid)
  UNION
  SELECT r.root, w.ev_class, r.depth + 1
  FROM relations r
  JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = r.oid
    AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
  JOIN pg_catalog.pg_rewrite w ON w.oid = d.objid AND w.ev_class <> r.oid AND w.rulename = '_RETURN'
  WHERE r.depth < 50
), named AS (
  SELECT DISTINCT r.root, c.oid, pg_catalog.lower(c.relname) AS name
  FROM relations r JOIN pg_catalog.pg_class c ON c.oid = r.oid
), bodies AS (
  SELECT p.oid, pg_catalog.lower(p.prosrc) AS body
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang AND l.lanname NOT IN ('c', 'internal')
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'afloat')
  WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
    AND d.objid = p.oid AND d.deptype = 'e')
), near AS (
  SELECT n.root, b.oid, b.body, NULL AS place FROM named n JOIN bodies b ON pg_catalog.strpos(b.body, n.name) > 0
  UNION
  SELECT n.root, b.oid, b.body, pg_catalog.format(' of trigger %I on %s', t.tgname, t.tgrelid::pg_catalog.regclass)
  FROM named n JOIN pg_catalog.pg_trigger t ON t.tgrelid = n.oid AND NOT t.tgisinternal AND t.tgname !~ '^[!~_ ]*afloat_'
  JOIN bodies b ON b.oid = t.tgfoid
)
SELECT f.root, a.attname, 'body', '', '',
  pg_catalog.format('function %s%s', f.oid::pg_catalog.regprocedure, pg_catalog.string_agg(f.place, ',' ORDER BY f.place)), '', '', 0
FROM near f JOIN pg_catalog.pg_attribute a ON a.attrelid = f.root AND a.attnum > 0 AND NOT a.attisdropped
  AND pg_catalog.strpos(f.body, pg_catalog.lower(a.attname)) > 0
  AND (a.attname !~ '^\w+$' OR f.body ~ ('\m' || pg_catalog.lower(a.attname) || '\M'))
GROUP BY f.root, a.attname, f.oid
ORDER BY 1, 2, 6
