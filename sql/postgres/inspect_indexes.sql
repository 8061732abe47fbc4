-- One row for each part of each index of the tables in $1; parts behind indnkeyatts are INCLUDE columns. to_jsonb gives
-- NULLS NOT DISTINCT also on servers that lack the column (before 15).
SELECT i.indrelid, c.relname, am.amname, i.indisunique, i.indisprimary, i.indisvalid,
  coalesce((pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false),
  coalesce((SELECT conname FROM pg_catalog.pg_constraint
            WHERE conindid = i.indexrelid AND conrelid = i.indrelid AND contype IN ('p', 'u', 'x') LIMIT 1), ''),
  coalesce(pg_catalog.pg_get_expr(i.indpred, i.indrelid), ''),
  coalesce(pg_catalog.array_to_string(c.reloptions, ', '), ''), coalesce(s.spcname, ''),
  k.n > i.indnkeyatts,
  coalesce(a.attname, ''), pg_catalog.pg_get_indexdef(i.indexrelid, k.n, false),
  pg_catalog.concat_ws(' ',
    (SELECT 'COLLATE ' || pg_catalog.format('%I.%I', cn.nspname, co.collname) FROM pg_catalog.pg_collation co
     JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
     WHERE co.oid = i.indcollation[k.n - 1] AND co.oid <> coalesce(a.attcollation, pe.attcollation_of_type)),
    (SELECT pg_catalog.format('%I.%I', opn.nspname, oc.opcname) FROM pg_catalog.pg_opclass oc
     JOIN pg_catalog.pg_namespace opn ON opn.oid = oc.opcnamespace
     WHERE oc.oid = i.indclass[k.n - 1] AND (NOT oc.opcdefault OR ia.attoptions IS NOT NULL))
      || coalesce('(' || pg_catalog.array_to_string(ia.attoptions, ', ') || ')', ''),
    CASE i.indoption[k.n - 1] WHEN 1 THEN 'DESC NULLS LAST' WHEN 2 THEN 'NULLS FIRST' WHEN 3 THEN 'DESC' END)
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_am am ON am.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
CROSS JOIN LATERAL pg_catalog.generate_series(1, i.indnatts) AS k(n)
JOIN pg_catalog.pg_attribute ia ON ia.attrelid = i.indexrelid AND ia.attnum = k.n
CROSS JOIN LATERAL (SELECT typcollation AS attcollation_of_type FROM pg_catalog.pg_type WHERE oid = ia.atttypid) pe
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.n - 1] AND a.attnum > 0
WHERE i.indrelid = ANY ($1::oid[])
ORDER BY i.indrelid, c.relname, k.n
