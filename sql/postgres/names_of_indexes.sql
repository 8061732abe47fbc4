-- What gives the parts of an index in the partitions the names that those of the old one have.
SELECT pg_catalog.format('ALTER INDEX %I.%I RENAME TO %I', n.nspname, c.relname, was.relname)
FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass({index})) t
JOIN pg_catalog.pg_index i ON i.indexrelid = t.relid
JOIN pg_catalog.pg_class c ON c.oid = t.relid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN (SELECT oi.indrelid, oc.relname FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass({of})) o
  JOIN pg_catalog.pg_index oi ON oi.indexrelid = o.relid JOIN pg_catalog.pg_class oc ON oc.oid = o.relid) was
  ON was.indrelid = i.indrelid
WHERE t.level > 0
