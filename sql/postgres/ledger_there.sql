SELECT pg_catalog.to_regclass('afloat.meta'),
  (SELECT r.rolname FROM pg_catalog.pg_namespace n
   JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) n.nspowner
   WHERE n.nspname OPERATOR(pg_catalog.=) 'afloat' AND NOT r.rolsuper AND r.rolname OPERATOR(pg_catalog.<>) current_user
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_database d
       WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() AND d.datdba OPERATOR(pg_catalog.=) r.oid)
     AND CASE WHEN pg_catalog.current_setting('is_superuser')::boolean THEN true
           ELSE pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
             AND NOT pg_catalog.pg_has_role(r.oid, 'MEMBER') END)
