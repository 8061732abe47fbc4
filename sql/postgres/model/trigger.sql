-- Copies on partitions only where they are enabled otherwise than the one they come from; up to 14 they
-- count as internal.
SELECT pg_catalog.format('%s.%I', n.q, c.relname) AS "table", pg_catalog.quote_ident(t.tgname) AS "name",
  pg_catalog.pg_get_triggerdef(t.oid) AS "definition",
  CASE t.tgenabled WHEN 'D' THEN 'no' WHEN 'A' THEN 'always' WHEN 'R' THEN 'replica' END AS "enabled",
  CASE WHEN p.oid IS NOT NULL THEN 'yes' END AS "inherited", {notes t.oid pg_trigger}
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN {places} n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_trigger p ON p.oid = t.tgparentid
WHERE (p.oid IS NULL OR p.tgenabled <> t.tgenabled) AND {mine c.oid pg_class}
--@-14  AND (NOT t.tgisinternal OR p.oid IS NOT NULL)
--@15  AND NOT t.tgisinternal
