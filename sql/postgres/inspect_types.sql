-- Sequences with their type and the table and column that they go with; enums with their labels, domains with their base,
-- default, NOT NULL and constraints (name, text and whether it is validated), composite types and ranges; except what is the
-- server's, an extension's or afloat's own.
WITH places AS (
  SELECT oid, nspname FROM pg_catalog.pg_namespace
  WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'afloat', 'pg_toast')
    AND nspname NOT LIKE 'pg\_temp\_%' AND nspname NOT LIKE 'pg\_toast\_temp\_%')
SELECT 'sequence', n.nspname, c.relname, pg_catalog.format_type(s.seqtypid, NULL), tn.nspname::pg_catalog.text,
  t.relname::pg_catalog.text, a.attname::pg_catalog.text
FROM pg_catalog.pg_sequence s
JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
JOIN places n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
  AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
LEFT JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    AND e.objid = c.oid AND e.objsubid = 0 AND e.deptype = 'e')
UNION ALL
SELECT CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite' ELSE 'range' END,
  n.nspname, t.typname,
  CASE t.typtype
    WHEN 'e' THEN (SELECT pg_catalog.string_agg(l.enumlabel, E'\x1f' ORDER BY l.enumsortorder)
                   FROM pg_catalog.pg_enum l WHERE l.enumtypid = t.oid)
    WHEN 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END,
  CASE WHEN t.typtype = 'd' THEN (SELECT d.text FROM (SELECT pg_catalog.pg_get_expr(t.typdefaultbin, 0)) AS d(text)
    WHERE pg_catalog.left(d.text, 6) <> 'NULL::') END,
  t.typnotnull::pg_catalog.text,
  CASE WHEN t.typtype = 'd' THEN (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(E'\x1f', c.conname,
      pg_catalog.pg_get_constraintdef(c.oid), c.convalidated), E'\x1e' ORDER BY c.conname)
    FROM pg_catalog.pg_constraint c WHERE c.contypid = t.oid AND c.contype = 'c') END
FROM pg_catalog.pg_type t JOIN places n ON n.oid = t.typnamespace
WHERE (t.typtype IN ('e', 'd', 'r')
       OR t.typtype = 'c' AND EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
    AND e.objid = t.oid AND e.objsubid = 0 AND e.deptype = 'e')
ORDER BY 2, 3
