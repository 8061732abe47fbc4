-- Shadow tables count with their virtual table. "sql" is taken apart by the reader.
SELECT '' AS "table", m.name AS "name", CASE WHEN l.type = 'virtual' THEN m.sql END AS "virtual",
  CASE WHEN l.strict THEN 'yes' END AS "strict", CASE WHEN l.wr THEN 'yes' END AS "without rowid",
  CASE WHEN l.type <> 'virtual' THEN m.sql END AS "sql"
FROM sqlite_schema m JOIN pragma_table_list l ON l.schema = 'main' AND l.name = m.name
WHERE m.type = 'table' AND l.type IN ('table', 'virtual') AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!'
  AND m.name NOT LIKE 'afloat!_%' ESCAPE '!'
