-- Foreign keys, and what the server has made of them for partitions on either side.
WITH RECURSIVE below AS (
  SELECT o.oid, o.conrelid AS root, o.conname AS whole, o.conrelid, o.confrelid, o.conname, o.convalidated
  FROM {keys} AS k(root, name) JOIN pg_catalog.pg_constraint o ON o.conrelid = k.root AND o.conname = k.name
  UNION ALL
  SELECT o.oid, b.root, b.whole, o.conrelid, o.confrelid, o.conname, o.convalidated
  FROM below b JOIN pg_catalog.pg_constraint o ON o.conparentid = b.oid
)
