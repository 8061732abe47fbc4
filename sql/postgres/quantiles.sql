-- Values of the column $2 of the table $1 between which equally many rows are, in order, as literals: see
-- quantiles_of() in dialect/key_walk.hpp. The statistics leave the most common values out of them.
SELECT pg_catalog.format('%L::%s', b.bound, pg_catalog.format_type(a.atttypid, a.atttypmod))
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
  AND s.inherited = (c.relkind = 'p')
CROSS JOIN LATERAL pg_catalog.unnest(s.histogram_bounds::text::text[]) WITH ORDINALITY AS b(bound, number)
WHERE a.attrelid = $1::pg_catalog.regclass AND a.attname = $2 AND a.attnum > 0 AND s.n_distinct < -0.5
ORDER BY b.number
