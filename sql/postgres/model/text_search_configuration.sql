SELECT '' AS "table", pg_catalog.format('%s.%I', n.q, c.cfgname) AS "name",
  (SELECT pg_catalog.format('%I.%I', pn.nspname, p.prsname) FROM pg_catalog.pg_ts_parser p
   JOIN pg_catalog.pg_namespace pn ON pn.oid = p.prsnamespace WHERE p.oid = c.cfgparser) AS "parser",
  (SELECT pg_catalog.string_agg(m.token || ' WITH ' || m.dicts, ', ' ORDER BY m.token COLLATE "C") FROM (
     SELECT (SELECT t.alias FROM pg_catalog.ts_token_type(c.cfgparser) t WHERE t.tokid = k.maptokentype) AS token,
       pg_catalog.string_agg(k.mapdict::pg_catalog.regdictionary::text, ', ' ORDER BY k.mapseqno) AS dicts
     FROM pg_catalog.pg_ts_config_map k WHERE k.mapcfg = c.oid GROUP BY k.maptokentype) m) AS "mappings",
  {owner c.cfgowner}, {notes c.oid pg_ts_config}
FROM pg_catalog.pg_ts_config c JOIN {places} n ON n.oid = c.cfgnamespace
WHERE {mine c.oid pg_ts_config}
