SELECT '' AS "table", n.q AS "name", {rights s.nspacl s.nspowner n}, {notes n.oid pg_namespace}
FROM {places} n JOIN pg_catalog.pg_namespace s ON s.oid = n.oid
WHERE {mine n.oid pg_namespace}
