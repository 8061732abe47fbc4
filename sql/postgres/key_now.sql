-- The primary key of $1, in its order: name, type and the operators of each column's index: <, <=, >=, >.
SELECT a.attname, pg_catalog.format_type(a.atttypid, -1), o.below, o.at_most, o.at_least, o.above
FROM pg_catalog.pg_index i
CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(i.indkey::pg_catalog.int2[]),
  pg_catalog.unnest(i.indclass::pg_catalog.oid[])) WITH ORDINALITY AS part (attnum, opclass, number)
JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = part.attnum
JOIN pg_catalog.pg_opclass c ON c.oid = part.opclass
CROSS JOIN LATERAL (
  SELECT max(named.text) FILTER (WHERE m.amopstrategy = 1) AS below,
    max(named.text) FILTER (WHERE m.amopstrategy = 2) AS at_most,
    max(named.text) FILTER (WHERE m.amopstrategy = 4) AS at_least,
    max(named.text) FILTER (WHERE m.amopstrategy = 5) AS above
  FROM pg_catalog.pg_amop m
  JOIN pg_catalog.pg_operator op ON op.oid = m.amopopr
  JOIN pg_catalog.pg_namespace s ON s.oid = op.oprnamespace
  CROSS JOIN LATERAL (SELECT CASE s.nspname WHEN 'pg_catalog' THEN op.oprname::text
    ELSE pg_catalog.format('OPERATOR(%I.%s)', s.nspname, op.oprname) END) AS named (text)
  WHERE m.amopfamily = c.opcfamily AND m.amoplefttype = c.opcintype AND m.amoprighttype = c.opcintype) o
WHERE i.indrelid = pg_catalog.to_regclass($1) AND i.indisprimary AND part.number <= i.indnkeyatts
ORDER BY part.number
