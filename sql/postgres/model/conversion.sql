SELECT '' AS "table", pg_catalog.format('%s.%I', n.q, c.conname) AS "name",
  pg_catalog.pg_encoding_to_char(c.conforencoding)::text AS "from", pg_catalog.pg_encoding_to_char(c.contoencoding)::text AS "to",
  c.conproc::text AS "function", CASE WHEN c.condefault THEN 'yes' END AS "default",
  {owner c.conowner}, {notes c.oid pg_conversion}
FROM pg_catalog.pg_conversion c JOIN {places} n ON n.oid = c.connamespace
WHERE {mine c.oid pg_conversion}
