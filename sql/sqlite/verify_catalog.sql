-- Rows that point at nothing, and indexes that do what another one does: (level, subject, detail, next).
SELECT 'failure', 'foreign key of ' || "table", count(*) || ' rows point at rows of ' || parent || ' that are not there',
       'PRAGMA foreign_key_check(' || "table" || ')'
FROM pragma_foreign_key_check
GROUP BY "table", parent
UNION ALL
SELECT 'warning', 'index ' || a.name, 'it does what ' || b.name || ' does', 'DROP INDEX ' || a.name
FROM (SELECT m.name, m.tbl_name, m.rowid AS place, substr(m.sql, instr(upper(m.sql), ' ON ')) AS part FROM sqlite_schema m
      WHERE m.type = 'index' AND m.sql IS NOT NULL AND m.sql NOT LIKE '%UNIQUE%' AND m.name NOT LIKE '%afloat!_%' ESCAPE '!') a
JOIN (SELECT m.name, m.tbl_name, m.rowid AS place, substr(m.sql, instr(upper(m.sql), ' ON ')) AS part FROM sqlite_schema m
      WHERE m.type = 'index' AND m.sql IS NOT NULL AND m.name NOT LIKE '%afloat!_%' ESCAPE '!') b
  ON a.tbl_name = b.tbl_name AND a.part = b.part AND b.place < a.place
ORDER BY 1, 2
