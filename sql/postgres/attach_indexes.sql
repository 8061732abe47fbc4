
DECLARE
  leaf record;
BEGIN
  -- What has the definition of the parent's index, and belongs to no constraint yet.
  FOR leaf IN
    SELECT n.nspname AS in_schema, c.relname AS name, x.relname AS index_name, pn.nspname AS parent_schema, p.relname AS parent_index
    FROM pg_catalog.pg_partition_tree({table}::pg_catalog.regclass) t
    JOIN pg_catalog.pg_class c ON c.oid = t.relid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_index above ON above.indrelid = t.parentrelid AND above.indexrelid IN
      (SELECT i.relid FROM pg_catalog.pg_partition_tree({index}::pg_catalog.regclass) i)
    JOIN pg_catalog.pg_class p ON p.oid = above.indexrelid
    JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
    JOIN LATERAL (SELECT i.indexrelid FROM pg_catalog.pg_index i
      WHERE i.indrelid = t.relid AND i.indisunique = above.indisunique AND i.indisvalid
        AND pg_catalog.substring(pg_catalog.pg_get_indexdef(i.indexrelid), ' USING .*$')
          = pg_catalog.substring(pg_catalog.pg_get_indexdef(above.indexrelid), ' USING .*$')
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = t.relid)
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = i.indexrelid)
      ORDER BY i.indexrelid DESC LIMIT 1) own ON true
    JOIN pg_catalog.pg_class x ON x.oid = own.indexrelid
    WHERE t.isleaf AND t.relid = coalesce(pg_catalog.to_regclass({only}), t.relid)
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_index i ON i.indexrelid = h.inhrelid
                      WHERE h.inhparent = above.indexrelid AND i.indrelid = t.relid)
  LOOP
{add}    EXECUTE pg_catalog.format('ALTER INDEX %I.%I ATTACH PARTITION %I.%I',
      leaf.parent_schema, leaf.parent_index, leaf.in_schema, leaf.index_name);
  END LOOP;
END
