SELECT pg_catalog.format('%s.%I', n.q, c.relname) AS "table", pg_catalog.quote_ident(p.polname) AS "name",
  CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END
    AS "command",
  CASE WHEN NOT p.polpermissive THEN 'yes' END AS "restrictive",
  (SELECT pg_catalog.string_agg(u.r, ', ' ORDER BY u.r COLLATE "C") FROM (
    SELECT CASE WHEN o = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(o)) END
    FROM pg_catalog.unnest(p.polroles) AS o) AS u(r)) AS "roles",
  pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS "using", pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS "check",
  {notes p.oid pg_policy}
FROM pg_catalog.pg_policy p
JOIN pg_catalog.pg_class c ON c.oid = p.polrelid JOIN {places} n ON n.oid = c.relnamespace
WHERE {mine c.oid pg_class}
