-- Columns of the tables in $1 (oid array); grants as privilege, grantee, grantable, grantor if it is not the owner, and whether
-- this role may become that one, one a line.
SELECT a.attrelid, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
  CASE WHEN a.attcollation <> t.typcollation THEN
    (SELECT pg_catalog.format('%I.%I', cn.nspname, co.collname) FROM pg_catalog.pg_collation co
     JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) ELSE '' END,
  a.attnotnull,
  -- A domain's default holds where the column has none of its own, which DEFAULT NULL is too.
  CASE WHEN a.attgenerated = '' THEN (SELECT own.text FROM (SELECT coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid),
        CASE WHEN a.attidentity = '' THEN pg_catalog.pg_get_expr(t.typdefaultbin, 0) END)) AS own(text)
      WHERE pg_catalog.left(own.text, 6) <> 'NULL::') END,
  CASE a.attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' ELSE '' END,
  CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) ELSE '' END,
  coalesce(pg_catalog.col_description(a.attrelid, a.attnum), ''),
  CASE WHEN a.attstorage <> t.typstorage THEN
    CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END
    ELSE '' END,
  coalesce(a.attstattarget, -1),
  coalesce((SELECT pg_catalog.string_agg(pg_catalog.concat_ws(E'\x1f', g.privilege_type,
      CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(g.grantee) END, g.is_grantable,
      CASE WHEN g.grantor = r.relowner THEN '' ELSE pg_catalog.pg_get_userbyid(g.grantor) END, g.grantor <> r.relowner
        AND pg_catalog.pg_has_role(g.grantor, CASE WHEN pg_catalog.current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END)), E'\n'
      ORDER BY g.privilege_type, g.grantee, g.grantor <> r.relowner, g.grantor)
    FROM pg_catalog.aclexplode(a.attacl) g), ''),
  CASE WHEN t.typtype <> 'd' OR a.attidentity <> '' OR a.attgenerated <> '' THEN '' WHEN d.adbin IS NULL THEN 'domain'
    WHEN pg_catalog.left(pg_catalog.pg_get_expr(d.adbin, d.adrelid), 6) = 'NULL::' THEN 'null' ELSE '' END
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class r ON r.oid = a.attrelid
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
