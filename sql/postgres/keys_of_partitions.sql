-- What makes the part of a key in each partition, under the name of the old one's: of the index that was built for it, then of
-- those of the partitions below.
WITH parts AS MATERIALIZED (
  SELECT t.isleaf, t.level, x.indrelid, c.relname
  FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass({index})) t
  JOIN pg_catalog.pg_index x ON x.indexrelid = t.relid JOIN pg_catalog.pg_class c ON c.oid = t.relid
  WHERE t.level > 0
)
SELECT pg_catalog.format('ALTER TABLE %s ADD CONSTRAINT %I %s', p.indrelid::pg_catalog.regclass, p.relname,
  CASE WHEN p.isleaf THEN pg_catalog.format('{kind} USING INDEX %I{timing}', coalesce(own.relname, 'none that fits')) ELSE {definition} END)
FROM parts p
LEFT JOIN LATERAL (SELECT x.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
  WHERE i.indrelid = p.indrelid AND {fits}
    AND {unattached}
  ORDER BY i.indexrelid DESC LIMIT 1) own ON p.isleaf
ORDER BY p.level DESC, p.relname
