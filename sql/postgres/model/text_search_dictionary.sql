SELECT '' AS "table", pg_catalog.format('%s.%I', n.q, d.dictname) AS "name",
  (SELECT pg_catalog.format('%I.%I', tn.nspname, t.tmplname) FROM pg_catalog.pg_ts_template t
   JOIN pg_catalog.pg_namespace tn ON tn.oid = t.tmplnamespace WHERE t.oid = d.dicttemplate) AS "template",
  d.dictinitoption AS "options", {owner d.dictowner}, {notes d.oid pg_ts_dict}
FROM pg_catalog.pg_ts_dict d JOIN {places} n ON n.oid = d.dictnamespace
WHERE {mine d.oid pg_ts_dict}
