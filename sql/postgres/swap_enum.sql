
DECLARE
  one record;
BEGIN
  FOR one IN
    SELECT o.typowner, pg_catalog.obj_description(o.oid, 'pg_type') AS words, o.typowner <> n.typowner AS other
    FROM pg_catalog.pg_type o, pg_catalog.pg_type n
    WHERE o.oid = {type_literal}::pg_catalog.regtype AND n.oid = {beside_literal}::pg_catalog.regtype
  LOOP
    EXECUTE pg_catalog.format('COMMENT ON TYPE %s IS %L', {beside_literal}, one.words);
    IF one.other THEN
      EXECUTE pg_catalog.format('ALTER TYPE %s OWNER TO %I', {beside_literal}, pg_catalog.pg_get_userbyid(one.typowner));
    END IF;
  END LOOP;
  -- What ALTER DEFAULT PRIVILEGES gave, the type need not have; and the rights that all have are not written down twice.
  FOR one IN
    WITH rights AS (
      SELECT t.oid, a.is_grantable,
        CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS role
      FROM pg_catalog.pg_type t
      CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner))) a
      WHERE t.oid IN ({type_literal}::pg_catalog.regtype, {beside_literal}::pg_catalog.regtype) AND a.grantee <> t.typowner)
    SELECT pg_catalog.format('REVOKE ALL ON TYPE %s FROM %s', {beside_literal}, n.role) AS statement
    FROM rights n
    WHERE n.oid = {beside_literal}::pg_catalog.regtype AND NOT EXISTS (SELECT FROM rights o
      WHERE o.oid <> n.oid AND o.role = n.role AND o.is_grantable = n.is_grantable)
    UNION ALL
    SELECT pg_catalog.format('GRANT USAGE ON TYPE %s TO %s%s', {beside_literal}, o.role,
      CASE WHEN o.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM rights o
    WHERE o.oid = {type_literal}::pg_catalog.regtype AND NOT EXISTS (SELECT FROM rights n
      WHERE o.oid <> n.oid AND o.role = n.role AND o.is_grantable = n.is_grantable)
  LOOP
    EXECUTE one.statement;
  END LOOP;
  ALTER TYPE {type} RENAME TO {attic_name};
  ALTER TYPE {beside} RENAME TO {name};
  -- A session keeps the types of a function's variables until the function changes.
  FOR one IN
    SELECT f.oid::pg_catalog.regprocedure AS called, f.prosecdef
    FROM pg_catalog.pg_proc f
    JOIN pg_catalog.pg_language l ON l.oid = f.prolang AND l.lanname NOT IN ('c', 'internal', 'sql')
    WHERE pg_catalog.strpos(pg_catalog.lower(f.prosrc), pg_catalog.lower({name_literal})) > 0
      AND pg_catalog.pg_has_role(f.proowner, 'MEMBER') AND f.pronamespace <> coalesce(pg_catalog.to_regnamespace('afloat'), 0)
  LOOP
    EXECUTE pg_catalog.format('ALTER ROUTINE %s SECURITY %s', one.called, CASE WHEN one.prosecdef THEN 'DEFINER' ELSE 'INVOKER' END);
  END LOOP;
  -- For the parameters of statements that were prepared before: the other way round from now on.
  DROP CAST IF EXISTS ({type} AS {attic});
  CREATE CAST ({attic} AS {type}) WITH INOUT AS ASSIGNMENT;
END
