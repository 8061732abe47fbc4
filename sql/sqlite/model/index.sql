-- Those of constraints go with them.
SELECT m.tbl_name AS "table", m.name AS "name", m.sql AS "definition"
FROM sqlite_schema m
WHERE m.type = 'index' AND m.sql IS NOT NULL AND m.tbl_name NOT LIKE 'afloat!_%' ESCAPE '!'
