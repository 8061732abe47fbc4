-- The columns that hold the locale were renamed in 15 and 17.
SELECT '' AS "table", pg_catalog.format('%s.%I', n.q, c.collname) AS "name",
  CASE c.collprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE c.collprovider::text END AS "provider",
  CASE WHEN c.collprovider = 'c' THEN c.collcollate ELSE coalesce(j.c ->> 'colllocale', j.c ->> 'colliculocale', c.collcollate) END
    AS "locale",
  CASE WHEN c.collctype <> c.collcollate THEN c.collctype END AS "ctype",
  CASE WHEN NOT c.collisdeterministic THEN 'no' END AS "deterministic", j.c ->> 'collicurules' AS "rules",
  {owner c.collowner}, {notes c.oid pg_collation}
FROM pg_catalog.pg_collation c JOIN {places} n ON n.oid = c.collnamespace
CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(c)) AS j(c)
WHERE {mine c.oid pg_collation}
