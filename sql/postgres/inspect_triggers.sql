-- Users' triggers of the tables in $1. tgtype bits: 1 row, 2 before, 4 insert, 8 delete, 16 update, 64 instead of.
SELECT t.tgrelid, t.tgname, t.tgtype & 1 <> 0, t.tgtype & 2 <> 0, t.tgtype & 4 <> 0, t.tgtype & 16 <> 0,
  t.tgtype & 8 <> 0, t.tgqual IS NOT NULL, t.tgenabled, pg_catalog.pg_get_triggerdef(t.oid), p.prosrc,
  coalesce((SELECT pg_catalog.string_agg(a.attname, E'\x1f' ORDER BY k.place)
    FROM pg_catalog.unnest(t.tgattr::smallint[]) WITH ORDINALITY AS k(number, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = k.number), '')
FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
WHERE t.tgrelid = ANY ($1::oid[]) AND NOT t.tgisinternal
ORDER BY t.tgrelid, t.tgname
