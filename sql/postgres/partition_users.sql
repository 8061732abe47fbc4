-- What hangs on columns of partitions and was not handed down by the partitioned tables in $1 (oid array), as a ColumnUser of
-- their columns of the same names.
WITH below AS (
  SELECT r.root, t.relid, t.parentrelid FROM pg_catalog.unnest($1::oid[]) AS r(root)
  CROSS JOIN LATERAL pg_catalog.pg_partition_tree(r.root) t
  WHERE t.level > 0 AND (SELECT c.relkind FROM pg_catalog.pg_class c WHERE c.oid = r.root) = 'p'
), columns AS (
  SELECT b.root, b.relid, a.attname, a.attnum, a.attacl, a.attoptions, n.nspname, c.relname,
    pg_catalog.format(' (of the partition %I.%I)', n.nspname, c.relname) AS place
  FROM below b JOIN pg_catalog.pg_class c ON c.oid = b.relid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = b.relid AND a.attnum > 0 AND NOT a.attisdropped
), found AS (
  SELECT k.*, coalesce((SELECT (CASE v.relkind WHEN 'm' THEN 'materialized view ' WHEN 'v' THEN 'view ' ELSE 'rule of ' END)
        || v.oid::pg_catalog.regclass
      FROM pg_catalog.pg_rewrite w JOIN pg_catalog.pg_class v ON v.oid = w.ev_class
      WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND w.oid = d.objid),
    pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)) AS what
  FROM columns k JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    AND d.refobjid = k.relid AND d.refobjsubid = k.attnum
  LEFT JOIN pg_catalog.pg_constraint o ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND o.oid = d.objid
  LEFT JOIN pg_catalog.pg_class x ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND x.oid = d.objid
  LEFT JOIN pg_catalog.pg_trigger g ON d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND g.oid = d.objid
  LEFT JOIN pg_catalog.pg_attrdef f ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND f.oid = d.objid
  WHERE (o.oid IS NULL OR o.contype <> 'n' AND o.conparentid = 0 AND o.conname !~ '^_*afloat_'
      AND NOT (o.conrelid = k.relid AND o.coninhcount > 0))
    AND (x.oid IS NULL OR x.oid <> k.relid AND x.relname !~ '^_*afloat_'
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = x.oid))
    AND (g.oid IS NULL OR NOT g.tgisinternal AND g.tgparentid = 0 AND g.tgname !~ '^[!~_ ]*afloat_')
    AND (f.oid IS NULL OR f.adrelid <> k.relid)
  UNION ALL
  SELECT k.*, 'a grant on column ' || k.attname FROM columns k WHERE k.attacl IS NOT NULL
  UNION ALL
  SELECT k.*, 'an option of column ' || k.attname FROM columns k
  WHERE EXISTS (SELECT FROM pg_catalog.unnest(k.attoptions) o WHERE o LIKE 'n\_distinct%')
  UNION ALL
  SELECT k.*, 'a comment on column ' || k.attname FROM columns k JOIN pg_catalog.pg_description s
    ON s.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND s.objoid = k.relid AND s.objsubid = k.attnum
  UNION ALL -- what is said of an index that is part of the whole table's
  SELECT k.*, 'a setting of index ' || x.relname FROM columns k
  JOIN pg_catalog.pg_index i ON i.indrelid = k.relid AND k.attnum = ANY (i.indkey::smallint[])
  JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
  JOIN pg_catalog.pg_inherits h ON h.inhrelid = i.indexrelid
  WHERE i.indisreplident OR i.indisclustered OR EXISTS (SELECT FROM pg_catalog.pg_description s
    WHERE s.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND s.objoid = i.indexrelid)
  UNION ALL
  SELECT k.*, 'a default of column ' || k.attname FROM columns k
  JOIN pg_catalog.pg_attribute a ON a.attrelid = k.root AND a.attname = k.attname
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  LEFT JOIN pg_catalog.pg_attrdef od ON od.adrelid = k.relid AND od.adnum = k.attnum
  WHERE a.attgenerated = ''
    AND pg_catalog.pg_get_expr(d.adbin, d.adrelid) IS DISTINCT FROM pg_catalog.pg_get_expr(od.adbin, od.adrelid)
)
SELECT DISTINCT root, attname, 'of a partition', nspname, relname, what || place, '', '', 0
FROM found ORDER BY 1, 2, 4, 5, 6
