SELECT m.name AS "table", x.name AS "name",
  row_number() OVER (PARTITION BY m.name ORDER BY x.cid) AS "position",
  trim(replace(x.type, 'GENERATED ALWAYS', '')) AS "type", CASE WHEN x."notnull" THEN 'yes' END AS "not null",
  x.dflt_value AS "default", nullif(x.pk, 0) AS "key",
  CASE x.hidden WHEN 1 THEN 'hidden' WHEN 2 THEN 'virtual' WHEN 3 THEN 'stored' END AS "generated"
FROM sqlite_schema m JOIN pragma_table_list l ON l.schema = 'main' AND l.name = m.name, pragma_table_xinfo(m.name) x
WHERE m.type = 'table' AND l.type = 'table' AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!' AND m.name NOT LIKE 'afloat!_%' ESCAPE '!'
