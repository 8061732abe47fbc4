-- What elsewhere uses a table, in words: views, foreign keys, policies, functions that depend on it, columns of its row
-- type; and triggers whose function names it, because that is text, which does not follow a new name.
WITH it AS (
  SELECT c.oid, t.oid AS type, t.typarray AS array_type
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_type t ON t.typrelid = c.oid
  WHERE c.oid = pg_catalog.to_regclass({table})),
used AS (
  SELECT DISTINCT d.classid, d.objid FROM it JOIN pg_catalog.pg_depend d ON d.deptype = 'n'
   AND (d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = it.oid
     OR d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid IN (it.type, it.array_type)))
SELECT coalesce(
    (SELECT (CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' ELSE 'a rule on ' END)
        || c.oid::regclass::text
     FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
     WHERE u.classid = 'pg_catalog.pg_rewrite'::regclass AND r.oid = u.objid),
    pg_catalog.pg_describe_object(u.classid, u.objid, 0))
  || ' uses ' || {name} || ': change or drop it first'
FROM used u, it
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint x
                  WHERE u.classid = 'pg_catalog.pg_constraint'::regclass AND x.oid = u.objid AND x.conrelid = it.oid)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_attrdef x
                  WHERE u.classid = 'pg_catalog.pg_attrdef'::regclass AND x.oid = u.objid AND x.adrelid = it.oid)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_index x
                  WHERE u.classid = 'pg_catalog.pg_class'::regclass AND x.indexrelid = u.objid AND x.indrelid = it.oid)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy x
                  WHERE u.classid = 'pg_catalog.pg_policy'::regclass AND x.oid = u.objid AND x.polrelid = it.oid)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger x
                  WHERE u.classid = 'pg_catalog.pg_trigger'::regclass AND x.oid = u.objid AND x.tgrelid = it.oid)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_rewrite x
                  WHERE u.classid = 'pg_catalog.pg_rewrite'::regclass AND x.oid = u.objid AND x.ev_class = it.oid)
UNION ALL
SELECT DISTINCT pg_catalog.format('trigger %s on %s names %s in its function: change that first',
  t.tgname, t.tgrelid::regclass, {name})
FROM it, pg_catalog.pg_trigger t
JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE t.tgrelid <> it.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND l.lanname <> 'c' AND l.lanname <> 'internal'
  AND p.pronamespace <> coalesce(pg_catalog.to_regnamespace('afloat'), 0)
  AND CASE WHEN {name} ~ '^\w+$' THEN p.prosrc ~* ('\m' || {name} || '\M')
           ELSE pg_catalog.strpos(p.prosrc, {name}) > 0 END
ORDER BY 1
