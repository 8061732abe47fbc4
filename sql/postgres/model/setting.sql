-- ALTER DATABASE … SET, ALTER ROLE … IN DATABASE … SET.
SELECT CASE WHEN s.setrole <> 0 THEN 'role ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(s.setrole)) ELSE '' END AS "table",
  pg_catalog.split_part(c, '=', 1) AS "name", pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) AS "value"
FROM pg_catalog.pg_db_role_setting s CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c
WHERE s.setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
