
DECLARE
  one record;
BEGIN
  FOR one IN
    SELECT t.relowner FROM pg_catalog.pg_class t, pg_catalog.pg_class v
    WHERE t.oid = {table}::pg_catalog.regclass AND v.oid = {view}::pg_catalog.regclass AND t.relowner <> v.relowner
  LOOP
    EXECUTE pg_catalog.format('ALTER VIEW %s OWNER TO %I', {view}, pg_catalog.pg_get_userbyid(one.relowner));
  END LOOP;
  -- What ALTER DEFAULT PRIVILEGES gave, the table need not have.
  FOR one IN
    SELECT DISTINCT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS role
    FROM pg_catalog.pg_class v CROSS JOIN LATERAL pg_catalog.aclexplode(v.relacl) a
    WHERE v.oid = {view}::pg_catalog.regclass AND a.grantee <> v.relowner
  LOOP
    EXECUTE pg_catalog.format('REVOKE ALL ON TABLE %s FROM %s', {view}, one.role);
  END LOOP;
  FOR one IN
    WITH acl AS (
      SELECT t.relacl AS items, '' AS columns, t.relowner FROM pg_catalog.pg_class t WHERE t.oid = {table}::pg_catalog.regclass
      UNION ALL
      SELECT c.attacl, pg_catalog.format('(%I) ', c.attname), t.relowner
      FROM pg_catalog.pg_class t JOIN pg_catalog.pg_attribute c ON c.attrelid = t.oid
      WHERE t.oid = {table}::pg_catalog.regclass AND c.attnum > 0 AND NOT c.attisdropped)
    SELECT a.privilege_type, acl.columns, a.is_grantable,
      CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS role
    FROM acl CROSS JOIN LATERAL pg_catalog.aclexplode(acl.items) a
    WHERE a.grantee <> acl.relowner AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
  LOOP
    EXECUTE pg_catalog.format('GRANT %s %sON TABLE %s TO %s%s', one.privilege_type, one.columns, {view}, one.role,
      CASE WHEN one.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END);
  END LOOP;
END
