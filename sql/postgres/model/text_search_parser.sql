SELECT '' AS "table", pg_catalog.format('%s.%I', n.q, p.prsname) AS "name",
  pg_catalog.concat_ws(', ', 'START = ' || p.prsstart, 'GETTOKEN = ' || p.prstoken, 'END = ' || p.prsend,
    'LEXTYPES = ' || p.prslextype, CASE WHEN p.prsheadline <> 0 THEN 'HEADLINE = ' || p.prsheadline END) AS "functions",
  {notes p.oid pg_ts_parser}
FROM pg_catalog.pg_ts_parser p JOIN {places} n ON n.oid = p.prsnamespace
WHERE {mine p.oid pg_ts_parser}
