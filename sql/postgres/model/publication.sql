SELECT '' AS "table", pg_catalog.quote_ident(p.pubname) AS "name", CASE WHEN p.puballtables THEN 'yes' END AS "all tables",
  (SELECT pg_catalog.string_agg(t.x, ', ' ORDER BY t.x COLLATE "C") FROM (
     SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
--@15       || CASE WHEN r.prattrs IS NOT NULL THEN ' (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (r.prattrs::smallint[])) || ')' ELSE '' END
--@15       || coalesce(' WHERE (' || pg_catalog.pg_get_expr(r.prqual, c.oid) || ')', '')
     FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_class c ON c.oid = r.prrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE r.prpubid = p.oid) AS t(x)) AS "tables",
--@15  (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(n.nspname), ', ' ORDER BY n.nspname COLLATE "C") FROM pg_catalog.pg_publication_namespace s JOIN pg_catalog.pg_namespace n ON n.oid = s.pnnspid WHERE s.pnpubid = p.oid) AS "schemas",
  pg_catalog.concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
    CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END) AS "publish",
  CASE WHEN p.pubviaroot THEN 'yes' END AS "via root",
--@18  CASE p.pubgencols WHEN 's' THEN 'stored' END AS "generated columns",
  {owner p.pubowner}, {notes p.oid pg_publication}
FROM pg_catalog.pg_publication p
WHERE {mine p.oid pg_publication}
