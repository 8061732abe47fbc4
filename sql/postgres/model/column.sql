-- pg_attver is the server's own note (15.20), which changes whenever a column is made. Of views, only columns of which something can be said beside the view's definition. From 18 on a NOT NULL has a name
-- and can be not validated.
SELECT pg_catalog.format('%s.%I', n.q, c.relname) AS "table", pg_catalog.quote_ident(a.attname) AS "name",
  CASE WHEN c.relkind IN ('r', 'p', 'f') THEN (pg_catalog.row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum))::text END
    AS "position",
  CASE WHEN c.relkind IN ('r', 'p', 'f') THEN pg_catalog.format_type(a.atttypid, a.atttypmod) END AS "type",
  CASE WHEN c.relkind IN ('r', 'p', 'f') AND a.attcollation <> t.typcollation THEN {collation a.attcollation} END AS "collation",
  CASE WHEN NOT a.attnotnull THEN NULL WHEN NOT nn.convalidated THEN 'not validated' WHEN nn.connoinherit THEN 'no inherit'
    ELSE 'yes' END AS "not null",
  CASE WHEN nn.conislocal AND nn.conname <> pg_catalog.format('%s_%s_not_null', c.relname, a.attname)
    THEN pg_catalog.quote_ident(nn.conname) END AS "not null name",
  CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS "default",
  CASE a.attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END AS "identity",
  CASE WHEN a.attidentity <> '' THEN (
    SELECT pg_catalog.format('SEQUENCE NAME %I.%I START %s INCREMENT %s MINVALUE %s MAXVALUE %s CACHE %s%s', qn.nspname, q.relname,
      s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' END)
    FROM pg_catalog.pg_depend p JOIN pg_catalog.pg_sequence s ON s.seqrelid = p.objid
    JOIN pg_catalog.pg_class q ON q.oid = s.seqrelid JOIN pg_catalog.pg_namespace qn ON qn.oid = q.relnamespace
    WHERE p.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum
      AND p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND p.deptype = 'i') END AS "identity sequence",
--@15  CASE WHEN a.attidentity <> '' THEN (SELECT CASE q.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'logged' END FROM pg_catalog.pg_depend p JOIN pg_catalog.pg_class q ON q.oid = p.objid WHERE p.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum AND p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND p.deptype = 'i' AND q.relpersistence <> c.relpersistence) END AS "identity persistence",
  CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS "generated",
  CASE a.attgenerated WHEN 'v' THEN 'yes' END AS "virtual",
  CASE WHEN a.attstorage <> t.typstorage AND c.relkind IN ('r', 'p', 'f', 'm') THEN
    CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END AS "storage",
  CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS "compression",
  CASE WHEN a.attstattarget >= 0 THEN a.attstattarget::text END AS "statistics",
  CASE WHEN a.attoptions IS NOT NULL THEN
    pg_catalog.array_to_string(ARRAY(SELECT o FROM pg_catalog.unnest(a.attoptions) AS o WHERE o NOT LIKE 'pg!_attver=%' ESCAPE '!'
      ORDER BY o COLLATE "C"), ', ') END AS "options",
  CASE WHEN a.attfdwoptions IS NOT NULL THEN {options a.attfdwoptions} END AS "server options",
  CASE WHEN NOT a.attislocal THEN 'yes' END AS "inherited",
  {grants a.attacl c.relowner c} AS "grants", x.description AS "comment", l.labels AS "security labels"
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN {places} n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef
LEFT JOIN pg_catalog.pg_description x ON x.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND x.objoid = a.attrelid
  AND x.objsubid = a.attnum
LEFT JOIN (SELECT objoid, objsubid, pg_catalog.string_agg(provider || ': ' || label, ', ' ORDER BY provider COLLATE "C") AS labels
           FROM pg_catalog.pg_seclabel WHERE classoid = 'pg_catalog.pg_class'::pg_catalog.regclass GROUP BY 1, 2) l
  ON l.objoid = a.attrelid AND l.objsubid = a.attnum
LEFT JOIN pg_catalog.pg_constraint nn ON nn.contype = 'n' AND nn.conrelid = a.attrelid AND nn.conkey[1] = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND {mine c.oid pg_class}
  AND (c.relkind IN ('r', 'p', 'f')
       OR c.relkind IN ('v', 'm') AND (d.oid IS NOT NULL OR a.attacl IS NOT NULL OR x.description IS NOT NULL
         OR a.attstattarget >= 0
         OR c.relkind = 'm' AND (a.attcompression <> '' OR a.attstorage <> t.typstorage OR EXISTS (
           SELECT FROM pg_catalog.unnest(a.attoptions) AS o WHERE o NOT LIKE 'pg!_attver=%' ESCAPE '!'))))
