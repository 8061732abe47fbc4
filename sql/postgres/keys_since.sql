SELECT pg_catalog.format('constraint %2$I of %1$s: ALTER TABLE %1$s DROP CONSTRAINT %2$I', k.conrelid::pg_catalog.regclass, k.conname)
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey) AND a.attname = {column}
WHERE k.contype = 'f' AND k.conparentid = 0 AND k.confrelid = pg_catalog.to_regclass({table})
  AND NOT EXISTS (SELECT FROM (VALUES {known}) AS w(in_table, name) WHERE pg_catalog.to_regclass(w.in_table) = k.conrelid AND w.name = k.conname)
ORDER BY 1
