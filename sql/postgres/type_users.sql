-- What uses an enum or its arrays: one row (the enum's schema and name, a table's schema and name, its column) for a column
-- of a table, or (schema, name, NULL, NULL, words) for what else does. What hangs on such a column is left out, as are
-- tables of a session. {enums} is a condition on pg_type t.
WITH enums AS (
  SELECT t.oid, t.typarray, t.typname, n.nspname
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  WHERE t.typtype = 'e' AND {enums}
), users AS (
  SELECT DISTINCT e.oid, e.typarray, e.nspname, e.typname, d.classid, d.objid, d.objsubid
  FROM enums e
  JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass
    AND d.refobjid IN (e.oid, e.typarray) AND d.deptype <> 'i'
), placed AS (
  SELECT u.*, c.relkind, c.relname, n.nspname AS place, a.attname
  FROM users u
  LEFT JOIN pg_catalog.pg_class c ON u.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = u.objid
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.objsubid AND u.objsubid > 0
)
SELECT nspname, typname, place, relname, attname::text
FROM placed WHERE relkind IN ('r', 'p') AND attname IS NOT NULL AND place NOT LIKE 'pg\_temp\_%'
UNION
SELECT nspname, typname, NULL, NULL, pg_catalog.pg_describe_object(classid, objid, objsubid)
FROM placed p
WHERE (relkind IS NULL OR relkind NOT IN ('r', 'p', 'v', 'm'))
  AND NOT EXISTS ( -- hangs on a column of the type, and moves with it
    SELECT FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = p.classid AND d.objid = p.objid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.refobjsubid > 0 AND a.atttypid IN (p.oid, p.typarray))
  AND NOT EXISTS ( -- of a type that waits in the attic
    SELECT FROM pg_catalog.pg_cast c JOIN pg_catalog.pg_type o ON o.oid = c.castsource
    WHERE p.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass AND c.oid = p.objid AND o.typname LIKE '\_afloat\_%')
UNION
SELECT e.nspname, e.typname, NULL, NULL, 'function ' || f.oid::pg_catalog.regprocedure || ', which this role may not alter,'
FROM pg_catalog.pg_proc f
JOIN pg_catalog.pg_language l ON l.oid = f.prolang AND l.lanname NOT IN ('c', 'internal', 'sql')
JOIN enums e ON pg_catalog.strpos(pg_catalog.lower(f.prosrc), pg_catalog.lower(e.typname)) > 0
WHERE NOT pg_catalog.pg_has_role(f.proowner, 'MEMBER')
ORDER BY 1, 2, 3, 4, 5
