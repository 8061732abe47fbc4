WITH it AS (
  SELECT c.oid, c.coninhcount, CASE WHEN c.contype IN ('p', 'u', 'x') THEN c.conindid ELSE 0 END AS index
  FROM pg_catalog.pg_constraint c
  WHERE c.conrelid = pg_catalog.to_regclass({table}) AND c.conname = {constraint})
SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) || ' needs it' AS user
FROM it JOIN pg_catalog.pg_depend d ON d.deptype = 'n'
  AND ((d.refclassid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.refobjid = it.oid)
    OR (d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = it.index))
UNION ALL
SELECT 'the replica identity of ' || i.indrelid::pg_catalog.regclass::text || ' is its index'
FROM it JOIN pg_catalog.pg_index i ON i.indexrelid = it.index AND i.indisreplident
UNION ALL
SELECT 'a parent of the table hands it down' FROM it WHERE it.coninhcount > 0
