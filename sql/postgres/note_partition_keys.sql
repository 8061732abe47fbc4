CREATE TEMPORARY TABLE afloat_keys ON COMMIT DROP AS
WITH RECURSIVE below AS (
  SELECT o.oid, o.conrelid AS root, o.conname AS whole, o.conrelid, o.confrelid, o.conname
  FROM (VALUES {keys}) AS k(root, name)
  JOIN pg_catalog.pg_constraint o ON o.conrelid = k.root::pg_catalog.regclass AND o.conname = k.name
  UNION ALL
  SELECT o.oid, b.root, b.whole, o.conrelid, o.confrelid, o.conname
  FROM below b JOIN pg_catalog.pg_constraint o ON o.conparentid = b.oid
)
SELECT root, whole, conrelid, confrelid, conname FROM below
