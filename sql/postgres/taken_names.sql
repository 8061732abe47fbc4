-- What has a name that an index of the whole table, which is not there yet, or one of its parts is to get.
WITH wanted AS (
  SELECT p.in_schema, p.name, pg_catalog.format(' for the partition %I.%I', p.in_schema, p.partition) AS place
  FROM ({parts}) p
  UNION ALL SELECT {schema}, {name}, ''
), found AS (
  SELECT w.*, c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname) AS called
  FROM wanted w JOIN pg_catalog.pg_namespace n ON n.nspname = w.in_schema
  JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
)
SELECT pg_catalog.format('%s has the name that %I gets%s: give it another name', f.called, {name}, f.place)
FROM found f
WHERE NOT EXISTS (SELECT FROM found w JOIN pg_catalog.pg_index i ON i.indexrelid = w.oid
  WHERE w.place = '' AND i.indrelid = pg_catalog.to_regclass({table}))
ORDER BY 1
