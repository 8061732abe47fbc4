-- What elsewhere uses a table, in words. The text of a view or trigger tells; afloat's own triggers are on the table itself.
SELECT type || ' ' || name || ' uses ' || {table} || ': change or drop it first'
FROM sqlite_schema
WHERE type IN ('view', 'trigger') AND tbl_name <> {table} COLLATE NOCASE AND afloat_names_table(sql, {table})
UNION ALL
SELECT DISTINCT 'a foreign key of ' || m.name || ' points at ' || {table} || ': drop it first'
FROM sqlite_schema m, pragma_foreign_key_list(m.name) f
WHERE m.type = 'table' AND m.name <> {table} COLLATE NOCASE AND f."table" = {table} COLLATE NOCASE
ORDER BY 1
