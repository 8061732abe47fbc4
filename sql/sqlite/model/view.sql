SELECT '' AS "table", m.name AS "name", m.sql AS "definition"
FROM sqlite_schema m WHERE m.type = 'view' AND m.name NOT LIKE 'afloat!_%' ESCAPE '!'
