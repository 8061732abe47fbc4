-- Sessions that hold a lock on one of the relations in $1 (text array of quoted names); every granted mode conflicts
-- with ACCESS EXCLUSIVE. An empty array asks for sessions whose snapshot a concurrent index build would wait for.
SELECT a.pid, a.application_name, coalesce(a.state, 'of role ' || a.usename || ', the rest needs pg_read_all_stats', 'unknown'),
       (extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start) * 1000)::bigint,
       CASE WHEN a.state IS NOT NULL THEN a.query END
FROM pg_catalog.pg_stat_activity a
WHERE a.pid <> pg_catalog.pg_backend_pid()
  AND CASE
        WHEN pg_catalog.cardinality($1::text[]) = 0 THEN
          a.datname = pg_catalog.current_database() AND (a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL)
        ELSE a.pid IN (
          SELECT l.pid FROM pg_catalog.pg_locks l
          WHERE l.locktype = 'relation' AND l.granted
            AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
            AND l.relation IN (SELECT pg_catalog.to_regclass(name)::oid FROM pg_catalog.unnest($1::text[]) AS name))
      END
ORDER BY a.xact_start NULLS LAST
