SELECT pg_catalog.format('%s.%I', n.q, c.relname) AS "table", pg_catalog.quote_ident(r.rulename) AS "name",
  pg_catalog.pg_get_ruledef(r.oid) AS "definition",
  CASE r.ev_enabled WHEN 'D' THEN 'no' WHEN 'A' THEN 'always' WHEN 'R' THEN 'replica' END AS "enabled",
  {notes r.oid pg_rewrite}
FROM pg_catalog.pg_rewrite r
JOIN pg_catalog.pg_class c ON c.oid = r.ev_class JOIN {places} n ON n.oid = c.relnamespace
WHERE NOT (c.relkind IN ('v', 'm') AND r.rulename = '_RETURN') AND {mine c.oid pg_class}
