-- What elsewhere uses a table that goes, in words, except afloat's own triggers.
SELECT type || ' ' || name || ' uses ' || {table} || ': drop it now and make it again after contract'
FROM sqlite_schema
WHERE type IN ('view', 'trigger') AND tbl_name <> {table} COLLATE NOCASE AND name NOT LIKE 'afloat!_%' ESCAPE '!'
  AND afloat_names_table(sql, {table})
UNION ALL
SELECT 'trigger ' || name || ' is on ' || {table} || ': drop it now and make it again after contract'
FROM sqlite_schema
WHERE type = 'trigger' AND tbl_name = {table} COLLATE NOCASE AND name NOT LIKE 'afloat!_%' ESCAPE '!'
UNION ALL
SELECT 'index ' || name || ' is on ' || {table} || ': drop it now and make it again after contract'
FROM sqlite_schema
WHERE type = 'index' AND tbl_name = {table} COLLATE NOCASE AND sql IS NOT NULL AND name NOT LIKE 'afloat!_%' ESCAPE '!'
UNION ALL
SELECT DISTINCT 'a foreign key of ' || m.name || ' points at ' || {table} || ': drop it first'
FROM sqlite_schema m, pragma_foreign_key_list(m.name) f
WHERE m.type = 'table' AND f."table" = {table} COLLATE NOCASE
ORDER BY 1
