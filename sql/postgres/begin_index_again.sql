-- Where an index of the whole is not valid although each partition right below it has a valid part of it.
SELECT {again}
WHERE EXISTS (SELECT FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass({index})) q
  JOIN pg_catalog.pg_index x ON x.indexrelid = q.relid AND NOT x.indisvalid
  WHERE NOT q.isleaf AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits t WHERE t.inhparent = x.indrelid
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_index y ON y.indexrelid = h.inhrelid
      WHERE h.inhparent = x.indexrelid AND y.indrelid = t.inhrelid AND y.indisvalid)))
