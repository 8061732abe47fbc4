-- With the index behind it. Copies on partitions, and what a parent hands down, go with their origin.
SELECT pg_catalog.format('%s.%I', n.q, c.relname) AS "table", pg_catalog.quote_ident(o.conname) AS "name",
  pg_catalog.pg_get_constraintdef(o.oid) AS "definition",
  CASE WHEN NOT i.indisvalid THEN 'no' END AS "valid",
  pg_catalog.array_to_string(ic.reloptions, ', ') AS "index options", s.spcname::text AS "index tablespace",
  CASE WHEN ic.relispartition THEN (SELECT pg_catalog.format('%I.%I', pn.nspname, p.relname) FROM pg_catalog.pg_inherits h
    JOIN pg_catalog.pg_class p ON p.oid = h.inhparent JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
    WHERE h.inhrelid = ic.oid) END AS "attached to",
  CASE WHEN ic.oid IS NOT NULL THEN pg_catalog.obj_description(ic.oid, 'pg_class') END AS "index comment",
  g.disabled AS "disabled triggers", {notes o.oid pg_constraint}
FROM pg_catalog.pg_constraint o
JOIN pg_catalog.pg_class c ON c.oid = o.conrelid JOIN {places} n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_index i ON o.contype IN ('p', 'u', 'x') AND i.indexrelid = o.conindid
LEFT JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = ic.reltablespace
LEFT JOIN (SELECT tgconstraint, pg_catalog.count(*)::text FROM pg_catalog.pg_trigger
           WHERE tgisinternal AND tgenabled <> 'O' GROUP BY 1) AS g(constraint_id, disabled) ON g.constraint_id = o.oid
WHERE o.contype IN ('c', 'p', 'u', 'x', 'f') AND (o.contype <> 'f' OR o.conparentid = 0)
  AND (o.conislocal OR o.contype <> 'c') AND {mine c.oid pg_class}
