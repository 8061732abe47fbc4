SELECT '' AS "table",
  pg_catalog.format('FOR ROLE %I%s ON %s', pg_catalog.pg_get_userbyid(d.defaclrole), ' IN SCHEMA ' || n.nspname,
    CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES'
      WHEN 'n' THEN 'SCHEMAS' WHEN 'L' THEN 'LARGE OBJECTS' ELSE d.defaclobjtype::text END) AS "name",
  (SELECT {grant_list} FROM (SELECT privilege_type, grantee, is_grantable FROM pg_catalog.aclexplode(d.defaclacl)
     EXCEPT SELECT privilege_type, grantee, is_grantable FROM pg_catalog.aclexplode(b.base)) grant_) AS "grants",
  (SELECT {grant_list} FROM (SELECT privilege_type, grantee, is_grantable FROM pg_catalog.aclexplode(b.base)
     EXCEPT SELECT privilege_type, grantee, is_grantable FROM pg_catalog.aclexplode(d.defaclacl)) grant_) AS "revoked"
FROM pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
CROSS JOIN LATERAL (SELECT CASE WHEN d.defaclnamespace = 0 THEN pg_catalog.acldefault(
  CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END::"char", d.defaclrole) ELSE NULL::aclitem[] END) AS b(base)
