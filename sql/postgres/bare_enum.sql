
DECLARE
  one record;
BEGIN
  -- As it was made: what contract has given it belongs to the type that has the name.
  COMMENT ON TYPE {beside} IS NULL;
  FOR one IN
    SELECT DISTINCT pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) AS role
    FROM pg_catalog.pg_type t CROSS JOIN LATERAL pg_catalog.aclexplode(t.typacl) a
    WHERE t.oid = {beside_literal}::pg_catalog.regtype AND a.grantee <> 0 AND a.grantee <> t.typowner
  LOOP
    EXECUTE pg_catalog.format('REVOKE ALL ON TYPE %s FROM %s', {beside_literal}, one.role);
  END LOOP;
END
