, noted AS (
  SELECT * FROM pg_catalog.jsonb_to_recordset(pg_catalog.current_setting('afloat.keys')::pg_catalog.jsonb)
    AS n(root oid, whole text, conrelid oid, confrelid oid, conname text)
), wanted AS (
  SELECT b.oid, b.conrelid, b.conname::text AS now, n.conname AS name
  FROM below b JOIN noted n ON n.root = b.root AND n.whole = b.whole AND n.conrelid = b.conrelid AND n.confrelid = b.confrelid
  WHERE b.conname <> n.conname
), waiting AS ( -- another one that is to have another name has it still
  SELECT w.*, EXISTS (SELECT FROM wanted o WHERE o.conrelid = w.conrelid AND o.now = w.name) AS waits FROM wanted w
)
SELECT conrelid::pg_catalog.regclass AS place, now, 'afloat_' || oid AS name, 1 AS turn FROM waiting WHERE waits
UNION ALL
SELECT conrelid::pg_catalog.regclass, CASE WHEN waits THEN 'afloat_' || oid ELSE now END, name, 2 FROM waiting
ORDER BY turn
