
DECLARE
  given record;
BEGIN
  -- Who may insert must be able to draw a number: the column's default and the trigger ask for it in his name.
  FOR given IN SELECT DISTINCT g.grantee
    FROM pg_catalog.pg_class c CROSS JOIN LATERAL (
      SELECT c.relacl AS rights UNION ALL SELECT a.attacl FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid) r
    CROSS JOIN LATERAL pg_catalog.aclexplode(r.rights) g
    WHERE c.oid = {table_literal}::pg_catalog.regclass AND g.privilege_type = 'INSERT' AND g.grantee <> c.relowner
  LOOP
    EXECUTE pg_catalog.format('GRANT USAGE ON SEQUENCE {sequence_format} TO %s',
      CASE WHEN given.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(given.grantee)) END);
  END LOOP;
END
