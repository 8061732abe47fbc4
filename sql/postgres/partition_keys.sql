-- The partitions of a table, on every level, each with the constraint of this name if it has one.
SELECT t.relid::pg_catalog.regclass AS place, o.conname AS name
FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass({table})) t
LEFT JOIN pg_catalog.pg_constraint o ON o.conrelid = t.relid AND o.conname = {name}
WHERE t.level > 0 AND {which}
ORDER BY 1
