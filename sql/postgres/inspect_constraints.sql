-- Constraints of the tables in $1; NOT NULL ones (PostgreSQL 18) are told by the column, and what a foreign key has for each
-- partition that it points at, in the same table, belongs to it. Foreign keys stand last, in the order in which they were made:
-- the server fires their triggers in that order.
SELECT o.conrelid, o.conname, o.contype, pg_catalog.pg_get_constraintdef(o.oid), coalesce(rn.nspname, ''),
  coalesce(r.relname, ''), o.condeferrable, o.convalidated,
  coalesce((SELECT pg_catalog.string_agg(a.attname, E'\x1f' ORDER BY k.place)
    FROM pg_catalog.unnest(o.conkey) WITH ORDINALITY AS k(number, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.number), '')
FROM pg_catalog.pg_constraint o
LEFT JOIN pg_catalog.pg_class r ON r.oid = o.confrelid
LEFT JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
WHERE o.conrelid = ANY ($1::oid[]) AND o.contype <> 'n'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint w WHERE w.oid = o.conparentid AND w.conrelid = o.conrelid)
ORDER BY o.conrelid, CASE o.contype WHEN 'f' THEN o.oid ELSE 0 END, o.conname
