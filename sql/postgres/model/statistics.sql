SELECT '' AS "table", pg_catalog.format('%s.%I', n.q, s.stxname) AS "name",
  pg_catalog.pg_get_statisticsobjdef(s.oid) AS "definition",
  CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget::text END AS "target",
  {owner s.stxowner}, {notes s.oid pg_statistic_ext}
FROM pg_catalog.pg_statistic_ext s JOIN {places} n ON n.oid = s.stxnamespace
WHERE {mine s.oid pg_statistic_ext}
