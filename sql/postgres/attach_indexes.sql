SELECT pg_catalog.format('{add}ALTER INDEX %1$I.%2$I ATTACH PARTITION %3$I.%4$I', pn.nspname, p.relname, n.nspname, x.relname, c.relname)
FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass({table})) t
JOIN pg_catalog.pg_class c ON c.oid = t.relid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_index above ON above.indrelid = t.parentrelid AND above.indexrelid IN
  (SELECT i.relid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass({index})) i)
JOIN pg_catalog.pg_class p ON p.oid = above.indexrelid
JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
JOIN LATERAL (SELECT i.indexrelid FROM pg_catalog.pg_index i WHERE i.indrelid = t.relid AND {same}
  ORDER BY i.indexrelid DESC LIMIT 1) own ON true
JOIN pg_catalog.pg_class x ON x.oid = own.indexrelid
WHERE t.isleaf AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_index i ON i.indexrelid = h.inhrelid
  WHERE h.inhparent = above.indexrelid AND i.indrelid = t.relid)
ORDER BY t.level, c.relname
