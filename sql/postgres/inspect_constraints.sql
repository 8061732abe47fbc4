-- Constraints of the tables in $1; NOT NULL ones (PostgreSQL 18) are told by the column.
SELECT o.conrelid, o.conname, o.contype, pg_catalog.pg_get_constraintdef(o.oid), coalesce(rn.nspname, ''),
  coalesce(r.relname, ''), o.condeferrable, o.convalidated,
  coalesce((SELECT pg_catalog.string_agg(a.attname, E'\x1f' ORDER BY k.place)
    FROM pg_catalog.unnest(o.conkey) WITH ORDINALITY AS k(number, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.number), '')
FROM pg_catalog.pg_constraint o
LEFT JOIN pg_catalog.pg_class r ON r.oid = o.confrelid
LEFT JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
WHERE o.conrelid = ANY ($1::oid[]) AND o.contype <> 'n'
ORDER BY o.conrelid, o.conname
