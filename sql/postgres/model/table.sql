SELECT '' AS "table", pg_catalog.format('%s.%I', n.q, c.relname) AS "name",
  CASE c.relkind WHEN 'p' THEN 'partitioned table' WHEN 'f' THEN 'foreign table' END AS "form",
  CASE c.relpersistence WHEN 'u' THEN 'unlogged' WHEN 't' THEN 'temporary' END AS "persistence",
  CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS "partition by",
  CASE WHEN c.relispartition THEN h.parents END AS "partition of",
  CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END AS "bound",
  CASE WHEN NOT c.relispartition THEN h.parents END AS "inherits",
  CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END AS "of type",
  pg_catalog.array_to_string(ARRAY(SELECT o FROM pg_catalog.unnest(c.reloptions) AS o ORDER BY o COLLATE "C"), ', ') AS "options",
  pg_catalog.array_to_string(ARRAY(SELECT o FROM pg_catalog.unnest(t.reloptions) AS o ORDER BY o COLLATE "C"), ', ')
    AS "toast options",
  CASE WHEN am.amname <> 'heap' THEN am.amname::text END AS "access method",
  s.spcname::text AS "tablespace",
  CASE CASE WHEN c.relkind <> 'f' THEN c.relreplident END WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full'
    WHEN 'i' THEN 'index ' || coalesce((SELECT pg_catalog.quote_ident(ic.relname) FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid WHERE i.indrelid = c.oid AND i.indisreplident), '') END
    AS "replica identity",
  CASE WHEN c.relhasindex THEN (SELECT pg_catalog.quote_ident(ic.relname) FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid WHERE i.indrelid = c.oid AND i.indisclustered) END AS "clustered on",
  CASE WHEN c.relrowsecurity THEN 'yes' END AS "row security",
  CASE WHEN c.relforcerowsecurity THEN 'yes' END AS "forced row security",
  CASE WHEN c.relkind = 'f' THEN (SELECT pg_catalog.quote_ident(fs.srvname) FROM pg_catalog.pg_foreign_table f
    JOIN pg_catalog.pg_foreign_server fs ON fs.oid = f.ftserver WHERE f.ftrelid = c.oid) END AS "server",
  CASE WHEN c.relkind = 'f' THEN (SELECT {options f.ftoptions} FROM pg_catalog.pg_foreign_table f WHERE f.ftrelid = c.oid) END
    AS "server options",
  {rights c.relacl c.relowner r}, {notes c.oid pg_class}
FROM pg_catalog.pg_class c JOIN {places} n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid AND t.reloptions IS NOT NULL
LEFT JOIN (SELECT i.inhrelid, pg_catalog.string_agg(pg_catalog.format('%I.%I', pn.nspname, p.relname), ', ' ORDER BY i.inhseqno)
           FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
           JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace GROUP BY 1) AS h(relid, parents) ON h.relid = c.oid
WHERE c.relkind IN ('r', 'p', 'f') AND {mine c.oid pg_class}
