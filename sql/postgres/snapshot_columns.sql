-- The stored columns of table $1 as it is now: name, whether an INSERT must give it a value, type.
SELECT attname, attnotnull AND NOT atthasdef AND attidentity = '', pg_catalog.format_type(atttypid, atttypmod)
FROM pg_catalog.pg_attribute
WHERE attrelid = pg_catalog.to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
ORDER BY attnum
