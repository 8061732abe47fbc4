
DECLARE
  other record;
BEGIN
  FOR other IN
    WITH RECURSIVE below AS (
      SELECT o.oid, o.conrelid AS root, o.conname AS whole, o.conrelid, o.confrelid, o.conname
      FROM (SELECT DISTINCT m.root, m.whole FROM pg_temp.afloat_keys m) m
      JOIN pg_catalog.pg_constraint o ON o.conrelid = m.root AND o.conname = m.whole
      UNION ALL
      SELECT o.oid, b.root, b.whole, o.conrelid, o.confrelid, o.conname
      FROM below b JOIN pg_catalog.pg_constraint o ON o.conparentid = b.oid
    )
    SELECT b.conrelid::pg_catalog.regclass AS place, b.conname AS now, m.conname AS name
    FROM below b JOIN pg_temp.afloat_keys m USING (root, whole, conrelid, confrelid)
    WHERE b.conname <> m.conname
  LOOP
    EXECUTE pg_catalog.format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', other.place, other.now, other.name);
  END LOOP;
END
