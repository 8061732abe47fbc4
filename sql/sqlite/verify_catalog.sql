-- Rows that point at nothing: (level, subject, detail, next).
SELECT 'failure', 'foreign key of ' || "table", count(*) || ' rows point at rows of ' || parent || ' that are not there',
       'PRAGMA foreign_key_check(' || "table" || ')'
FROM pragma_foreign_key_check
GROUP BY "table", parent
