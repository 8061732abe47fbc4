-- Statements of this database that may use the columns of a table of $1 (names in lower case) without naming them, and those
-- whose text this role may not see. What the text means is for the parser to say; this only keeps most of it away.
SELECT coalesce(r.rolname, s.userid::text), s.calls, pg_catalog.left(s.query, 10000)
FROM {schema}.pg_stat_statements s
LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.userid
WHERE s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  AND (s.query = '<insufficient privilege>'
       OR s.query ~* '\*|insert|copy'
          AND EXISTS (SELECT FROM pg_catalog.unnest($1::text[]) name WHERE pg_catalog.strpos(pg_catalog.lower(s.query), name) > 0))
ORDER BY s.calls DESC, 3
LIMIT 1000
