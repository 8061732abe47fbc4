SELECT n.nspname AS in_schema, c.relname AS partition, own.name, t.parentrelid, t.level, t.isleaf, CASE WHEN left_over.indexrelid IS NULL THEN 'absent'
    WHEN EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index b WHERE b.index_relid = left_over.indexrelid) THEN 'building' ELSE 'partial' END AS state
  FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass({table})) t
  JOIN pg_catalog.pg_class c ON c.oid = t.relid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL (SELECT {stem} AS stem) w
  CROSS JOIN LATERAL (SELECT CASE WHEN pg_catalog.octet_length(w.stem) <= 63 THEN w.stem ELSE pg_catalog.concat(
    pg_catalog.left(w.stem, (SELECT pg_catalog.max(g) FROM pg_catalog.generate_series(1, 54) g WHERE pg_catalog.octet_length(pg_catalog.left(w.stem, g)) <= 54)), '_',
    pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(w.stem, 'UTF8')), 'hex'), 8)) END AS name) own
  LEFT JOIN LATERAL (SELECT i.indexrelid FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
    WHERE i.indrelid = t.relid AND NOT i.indisvalid AND x.relname = own.name) left_over ON true
  WHERE t.level > 0 AND c.relkind <> 'f' AND {which}
