-- What uses the column $3 of the table $1.$2, or with an empty $3 the table, and would stop it from being dropped: in
-- words, and the statement that drops it. afloat's own objects, and triggers whose lists it has widened, go with its steps.
WITH it AS (
  SELECT c.oid, t.oid AS type, coalesce(a.attnum, 0) AS number
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_type t ON t.typrelid = c.oid
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = $3 AND NOT a.attisdropped
  WHERE n.nspname = $1 AND c.relname = $2 AND ($3 = '' OR a.attnum > 0)),
used AS (
  SELECT DISTINCT it.oid, d.classid, d.objid FROM it JOIN pg_catalog.pg_depend d ON d.deptype = 'n'
    AND (d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = it.oid
        AND (it.number = 0 OR d.refobjsubid = it.number)
      OR it.number = 0 AND d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.refobjid = it.type))
SELECT DISTINCT coalesce(
    CASE WHEN v.relkind IN ('v', 'm') THEN pg_catalog.pg_describe_object('pg_catalog.pg_class'::pg_catalog.regclass, v.oid, 0) END,
    pg_catalog.pg_describe_object(u.classid, u.objid, 0)),
  CASE WHEN v.relkind IN ('v', 'm') THEN
      pg_catalog.format('DROP %s %I.%I', CASE v.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END, n.nspname, v.relname)
    WHEN p.oid IS NOT NULL THEN pg_catalog.format('DROP POLICY %I ON %s', p.polname, p.polrelid::pg_catalog.regclass)
    WHEN t.oid IS NOT NULL THEN pg_catalog.format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::pg_catalog.regclass)
    WHEN x.oid IS NOT NULL THEN
      pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I', x.conrelid::pg_catalog.regclass, x.conname)
    ELSE '' END
FROM used u
LEFT JOIN pg_catalog.pg_rewrite r ON u.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND r.oid = u.objid
LEFT JOIN pg_catalog.pg_class v ON v.oid = r.ev_class
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = v.relnamespace
LEFT JOIN pg_catalog.pg_policy p ON u.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND p.oid = u.objid
LEFT JOIN pg_catalog.pg_trigger t ON u.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND t.oid = u.objid
LEFT JOIN pg_catalog.pg_constraint x ON u.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND x.oid = u.objid
WHERE coalesce(x.conrelid, 0) <> u.oid -- goes with the table or column
  AND (u.classid <> 'pg_catalog.pg_attrdef'::pg_catalog.regclass OR NOT EXISTS (
    SELECT FROM pg_catalog.pg_attrdef f WHERE f.oid = u.objid AND f.adrelid = u.oid AND (SELECT number FROM it) = 0))
  AND NOT ((SELECT number FROM it) = 0 AND u.oid IN (p.polrelid, t.tgrelid, v.oid))
  AND coalesce(t.tgname, x.conname, '') !~ '^[!~_ ]*afloat_'
  AND (t.oid IS NULL OR pg_catalog.strpos(pg_catalog.pg_get_triggerdef(t.oid), 'afloat.backfill') = 0)
ORDER BY 1
