-- What elsewhere uses a table or one of its partitions, in words: views, foreign keys, policies, functions that depend on
-- it, columns of its row type; and triggers whose function names it, because that is text, which does not follow a new name.
WITH it AS (
  SELECT c.oid, t.oid AS type, t.typarray AS array_type, CASE WHEN c.oid = pg_catalog.to_regclass({table}) THEN {name} ELSE c.relname END AS name
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_type t ON t.typrelid = c.oid
  WHERE c.oid = pg_catalog.to_regclass({table})
     OR c.oid IN (SELECT p.relid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass({table})) p)),
used AS (
  SELECT DISTINCT d.classid, d.objid, it.name FROM it JOIN pg_catalog.pg_depend d ON d.deptype = 'n'
   AND (d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = it.oid
     OR d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid IN (it.type, it.array_type)))
SELECT coalesce(
    (SELECT (CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' ELSE 'a rule on ' END)
        || c.oid::regclass::text
     FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
     WHERE u.classid = 'pg_catalog.pg_rewrite'::regclass AND r.oid = u.objid),
    pg_catalog.pg_describe_object(u.classid, u.objid, 0))
  || ' uses ' || u.name || ': change or drop it first'
FROM used u
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint x
                  WHERE u.classid = 'pg_catalog.pg_constraint'::regclass AND x.oid = u.objid
                    AND (x.conrelid IN (SELECT oid FROM it) OR x.conparentid <> 0))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_attrdef x
                  WHERE u.classid = 'pg_catalog.pg_attrdef'::regclass AND x.oid = u.objid AND x.adrelid IN (SELECT oid FROM it))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_index x
                  WHERE u.classid = 'pg_catalog.pg_class'::regclass AND x.indexrelid = u.objid AND x.indrelid IN (SELECT oid FROM it))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy x
                  WHERE u.classid = 'pg_catalog.pg_policy'::regclass AND x.oid = u.objid AND x.polrelid IN (SELECT oid FROM it))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger x
                  WHERE u.classid = 'pg_catalog.pg_trigger'::regclass AND x.oid = u.objid AND x.tgrelid IN (SELECT oid FROM it))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_rewrite x
                  WHERE u.classid = 'pg_catalog.pg_rewrite'::regclass AND x.oid = u.objid AND x.ev_class IN (SELECT oid FROM it))
UNION ALL
SELECT DISTINCT pg_catalog.format('trigger %s on %s names %s in its function: change that first',
  t.tgname, t.tgrelid::regclass, it.name)
FROM it, pg_catalog.pg_trigger t
JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE t.tgrelid NOT IN (SELECT oid FROM it) AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND l.lanname <> 'c' AND l.lanname <> 'internal'
  AND p.pronamespace <> coalesce(pg_catalog.to_regnamespace('afloat'), 0)
  AND CASE WHEN it.name ~ '^\w+$' THEN p.prosrc ~* ('\m' || it.name || '\M')
           ELSE pg_catalog.strpos(p.prosrc, it.name) > 0 END
UNION ALL -- what the parent has is dropped with the parent's
SELECT pg_catalog.format('foreign key %s of the partition %s points at %s, where rows could not be deleted: drop it first',
  x.conname, it.name, x.confrelid::regclass)
FROM it JOIN pg_catalog.pg_constraint x ON x.conrelid = it.oid AND x.contype = 'f' AND x.conparentid = 0
WHERE it.oid <> pg_catalog.to_regclass({table}) AND x.confrelid NOT IN (SELECT oid FROM it)
ORDER BY 1
