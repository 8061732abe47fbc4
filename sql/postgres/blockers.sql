-- Sessions that hold a lock on one of the relations in $1 (text array of quoted names, each alone or followed by
-- IN … MODE: as which it was wanted; ACCESS EXCLUSIVE, with which every mode conflicts) and whose transaction began at
-- least $2 ms ago: who came since has waited behind us. An empty array asks for sessions whose snapshot a concurrent
-- index build would wait for. What belongs to other roles may be hidden.
WITH wanted AS (
  SELECT pg_catalog.to_regclass(pg_catalog.regexp_replace(w.text, ' IN [A-Z ]+ MODE\Z', '')) AS relation,
    coalesce(pg_catalog.replace(pg_catalog.lower(pg_catalog.substring(w.text, ' IN ([A-Z ]+) MODE\Z')), ' ', ''),
      'accessexclusive') AS mode
  FROM pg_catalog.unnest($1::text[]) AS w(text)
), conflicts(mode, held) AS (VALUES -- PostgreSQL manual, table 13.2
  ('accessshare', '{accessexclusive}'),
  ('rowshare', '{exclusive,accessexclusive}'),
  ('rowexclusive', '{share,sharerowexclusive,exclusive,accessexclusive}'),
  ('shareupdateexclusive', '{shareupdateexclusive,share,sharerowexclusive,exclusive,accessexclusive}'),
  ('share', '{rowexclusive,shareupdateexclusive,sharerowexclusive,exclusive,accessexclusive}'),
  ('sharerowexclusive', '{rowexclusive,shareupdateexclusive,share,sharerowexclusive,exclusive,accessexclusive}'),
  ('exclusive', '{rowshare,rowexclusive,shareupdateexclusive,share,sharerowexclusive,exclusive,accessexclusive}')
)
SELECT a.pid, a.application_name, coalesce(a.state, 'of role ' || a.usename || ', the rest needs pg_read_all_stats', 'unknown'),
       (extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start) * 1000)::bigint,
       CASE WHEN a.state IS NOT NULL THEN a.query END
FROM pg_catalog.pg_stat_activity a
WHERE a.pid <> pg_catalog.pg_backend_pid()
  AND CASE
        WHEN pg_catalog.cardinality($1::text[]) = 0 THEN
          a.datname = pg_catalog.current_database() AND (a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL)
        ELSE coalesce(a.xact_start <= pg_catalog.clock_timestamp() - $2::bigint * interval '1 ms', true) AND a.pid IN (
          SELECT l.pid FROM pg_catalog.pg_locks l JOIN wanted w ON w.relation = l.relation
          LEFT JOIN conflicts c ON c.mode = w.mode
          WHERE l.locktype = 'relation' AND l.granted
            AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
            AND (c.mode IS NULL OR pg_catalog.replace(pg_catalog.lower(l.mode), 'lock', '') = ANY (c.held::text[])))
      END
ORDER BY a.xact_start NULLS LAST
