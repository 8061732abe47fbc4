-- Of afloat's own, those that keep the two sides of a window equal.
SELECT '' AS "table",
  pg_catalog.format('%s.%I(%s)', n.q, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)) AS "name",
  CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'w' THEN 'window function' END AS "form",
  pg_catalog.pg_get_functiondef(p.oid) AS "definition",
  {rights p.proacl p.proowner f}, {notes p.oid pg_proc}
FROM pg_catalog.pg_proc p JOIN {all_places} n ON n.oid = p.pronamespace
WHERE p.prokind IN ('f', 'p', 'w') AND NOT (n.nspname = 'afloat' AND p.proname !~ '_\d+_\d+')
  AND {mine p.oid pg_proc}
