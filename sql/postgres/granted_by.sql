
BEGIN
  IF (SELECT pg_catalog.pg_has_role(r.oid, CASE WHEN pg_catalog.current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END)
      AND pg_catalog.has_schema_privilege(r.oid, (SELECT c.relnamespace FROM pg_catalog.pg_class c WHERE c.oid = {table}::pg_catalog.regclass), 'USAGE')
      AND pg_catalog.has_column_privilege(r.oid, {table}::pg_catalog.regclass, {column}, {privilege})
      FROM pg_catalog.pg_roles r WHERE r.rolname = {grantor}) THEN
    PERFORM pg_catalog.set_config('role', {grantor}, true);
  END IF;
  {grant};
  RESET ROLE;
END
