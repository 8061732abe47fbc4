-- Indexes that a failed build left behind, and constraints that were added NOT VALID: (level, subject, detail, next).
SELECT 'failure', 'index ' || indexrelid::regclass::text, 'it is INVALID: a build failed or is still running',
       'DROP INDEX CONCURRENTLY ' || indexrelid::regclass::text
FROM pg_catalog.pg_index
WHERE NOT indisvalid AND indrelid NOT IN (SELECT oid FROM pg_catalog.pg_class WHERE relkind = 'p')
UNION ALL
SELECT 'warning', 'constraint ' || conname || ' on ' || conrelid::regclass::text,
       'rows that were there before it were never validated',
       'ALTER TABLE ' || conrelid::regclass::text || ' VALIDATE CONSTRAINT ' || quote_ident(conname)
FROM pg_catalog.pg_constraint
WHERE NOT convalidated AND contype IN ('c', 'f')
ORDER BY 1, 2
