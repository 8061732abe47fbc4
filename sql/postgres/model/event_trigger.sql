SELECT '' AS "table", pg_catalog.quote_ident(e.evtname) AS "name", e.evtevent::text AS "event",
  (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(t), ', ' ORDER BY t COLLATE "C") FROM pg_catalog.unnest(e.evttags) AS t)
    AS "tags",
  e.evtfoid::pg_catalog.regproc::text AS "function",
  CASE e.evtenabled WHEN 'D' THEN 'no' WHEN 'A' THEN 'always' WHEN 'R' THEN 'replica' END AS "enabled",
  {owner e.evtowner}, {notes e.oid pg_event_trigger}
FROM pg_catalog.pg_event_trigger e
WHERE {mine e.oid pg_event_trigger}
