-- Without how it connects, which holds a password.
SELECT '' AS "table", pg_catalog.quote_ident(s.subname) AS "name", CASE WHEN NOT s.subenabled THEN 'no' END AS "enabled",
  (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(p), ', ' ORDER BY p COLLATE "C") FROM pg_catalog.unnest(s.subpublications) AS p)
    AS "publications",
  s.subslotname::text AS "slot", s.subsynccommit AS "synchronous commit", CASE WHEN s.subbinary THEN 'yes' END AS "binary",
--@-13  CASE WHEN s.substream THEN 'yes' END AS "streaming",
--@14  CASE s.substream::text WHEN 'true' THEN 'yes' WHEN 't' THEN 'yes' WHEN 'p' THEN 'parallel' END AS "streaming",
--@15  CASE WHEN s.subtwophasestate <> 'd' THEN 'yes' END AS "two phase", CASE WHEN s.subdisableonerr THEN 'yes' END AS "disable on error",
--@16  CASE WHEN s.suborigin <> 'any' THEN s.suborigin END AS "origin", CASE WHEN s.subrunasowner THEN 'yes' END AS "run as owner", CASE WHEN NOT s.subpasswordrequired THEN 'no' END AS "password required",
--@17  CASE WHEN s.subfailover THEN 'yes' END AS "failover",
  {owner s.subowner}, {notes s.oid pg_subscription}
FROM pg_catalog.pg_subscription s
WHERE s.subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
