-- $1: quoted names, resolved through the search path. rows is NULL where the table was never analysed.
-- The size is an estimate too: pg_table_size would wait for an ACCESS EXCLUSIVE lock, without end.
SELECT DISTINCT ON (c.oid) c.oid, n.nspname, c.relname, c.relkind = 'p', c.relrowsecurity,
  CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END, c.relpages::bigint * pg_catalog.current_setting('block_size')::bigint,
  coalesce((SELECT pg_catalog.string_agg(p.pubname, E'\x1f' ORDER BY p.pubname) FROM pg_catalog.pg_publication p
    WHERE p.puballtables
       OR EXISTS (SELECT FROM pg_catalog.pg_publication_rel r WHERE r.prpubid = p.oid AND r.prrelid = c.oid)
       OR EXISTS (SELECT FROM pg_catalog.pg_publication_tables t
                  WHERE t.pubname = p.pubname AND t.schemaname = n.nspname AND t.tablename = c.relname)), ''),
  CASE WHEN c.relispartition THEN
      'a partition of ' || (SELECT inhparent::regclass::text FROM pg_catalog.pg_inherits WHERE inhrelid = c.oid)
    WHEN EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhrelid = c.oid) THEN
      'a child of ' || (SELECT pg_catalog.string_agg(inhparent::regclass::text, ', ')
                        FROM pg_catalog.pg_inherits WHERE inhrelid = c.oid)
    WHEN c.relkind = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhparent = c.oid) THEN
      'a parent of ' || (SELECT pg_catalog.string_agg(inhrelid::regclass::text, ', ')
                         FROM pg_catalog.pg_inherits WHERE inhparent = c.oid)
    ELSE '' END
FROM pg_catalog.unnest($1::text[]) AS wanted
JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(wanted)
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p')
ORDER BY c.oid
