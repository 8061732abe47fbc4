EXISTS (SELECT FROM pg_catalog.pg_index above WHERE above.indexrelid = pg_catalog.to_regclass({index}) AND {same})
    OR EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = i.indexrelid
      AND h.inhparent IN (SELECT p.relid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass({index})) p))
