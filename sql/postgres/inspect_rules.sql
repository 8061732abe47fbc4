-- Rules of the tables in $1 (oid array) that fire for writes outside of replication, as a ColumnUser of no column; its
-- definition: "UPDATE INSTEAD", "INSERT ALSO ALWAYS".
SELECT c.oid, '', 'rule', n.nspname, c.relname,
  pg_catalog.format('rule %I on %I.%I (ON %s DO %s)', w.rulename, n.nspname, c.relname, e.event, e.does),
  pg_catalog.format('DROP RULE %I ON %I.%I', w.rulename, n.nspname, c.relname),
  e.event || ' ' || e.does || CASE w.ev_enabled WHEN 'A' THEN ' ALWAYS' ELSE '' END, 0
FROM pg_catalog.pg_rewrite w
JOIN pg_catalog.pg_class c ON c.oid = w.ev_class
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT CASE w.ev_type WHEN '2' THEN 'UPDATE' WHEN '3' THEN 'INSERT' ELSE 'DELETE' END,
  CASE WHEN w.is_instead THEN 'INSTEAD' ELSE 'ALSO' END) AS e(event, does)
WHERE w.ev_class = ANY ($1::oid[]) AND w.rulename <> '_RETURN' AND w.ev_enabled IN ('O', 'A')
ORDER BY c.oid, w.rulename
