-- Partitions that came after the plan was made and have no index that could become part of the key; nothing once it is there.
SELECT CASE WHEN {plain} AND t.isleaf AND c.relkind <> 'f' THEN pg_catalog.format('the partition %s came after the plan: build its index first, CREATE UNIQUE INDEX CONCURRENTLY ON %1$s%s',
    pg_catalog.format('%I.%I', n.nspname, c.relname), {using})
  ELSE pg_catalog.format('the partition %I.%I came after the plan, which cannot give it a key: abort and expand again', n.nspname, c.relname) END
FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass({table})) t
JOIN pg_catalog.pg_class c ON c.oid = t.relid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE t.level > 0 AND NOT EXISTS (SELECT FROM pg_catalog.unnest({known}::text[]) k WHERE pg_catalog.to_regclass(k) = t.relid)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE t.isleaf AND i.indrelid = t.relid AND {fits})
ORDER BY 1
