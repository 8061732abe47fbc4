(SELECT pg_catalog.format('%I.%s of role %I', n.nspname, o.oprname, r.rolname)
 FROM pg_catalog.pg_operator o
 JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) o.oprnamespace
 JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) o.oprowner
 WHERE o.oid OPERATOR(pg_catalog.>=) 16384 AND n.nspname OPERATOR(pg_catalog.=) ANY (pg_catalog.current_schemas(false))
   AND o.oprleft OPERATOR(pg_catalog.<) 16384 AND o.oprright OPERATOR(pg_catalog.<) 16384
   AND EXISTS (SELECT FROM pg_catalog.pg_operator own WHERE own.oprname OPERATOR(pg_catalog.=) o.oprname
     AND own.oid OPERATOR(pg_catalog.<) 16384)
   AND NOT r.rolsuper AND r.rolname OPERATOR(pg_catalog.<>) current_user
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
     AND d.datdba OPERATOR(pg_catalog.=) r.oid)
   AND (pg_catalog.current_setting('is_superuser')::boolean OR NOT pg_catalog.pg_has_role(r.oid, 'MEMBER'))
 LIMIT 1)
