
DECLARE
  old_sequence text := pg_catalog.pg_get_serial_sequence({table_literal}, {attic_literal});
  settings record;
  place record;
  given record;
BEGIN
  SELECT s.*, c.relacl, pg_catalog.obj_description(c.oid, 'pg_class') AS words,
    pg_catalog.format_type(s.seqtypid, NULL) AS counts_in
  INTO STRICT settings
  FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
  WHERE s.seqrelid = pg_catalog.to_regclass(old_sequence);
  -- Keeps out who draws a number without a look at the table.
  EXECUTE pg_catalog.format('ALTER SEQUENCE %s CACHE %s', old_sequence, settings.seqcache);
  EXECUTE pg_catalog.format('SELECT last_value, is_called FROM %s', old_sequence) INTO STRICT place;
  ALTER TABLE {table} ALTER COLUMN {attic} DROP IDENTITY;
  ALTER TABLE {table} ALTER COLUMN {attic} DROP NOT NULL;
  EXECUTE pg_catalog.format('ALTER TABLE {table_format} ALTER COLUMN {name_format} ADD GENERATED {when} AS IDENTITY'
    ' (SEQUENCE NAME %s START WITH %s INCREMENT BY %s %s %s CACHE %s %s)', old_sequence, settings.seqstart,
    settings.seqincrement,
    CASE WHEN settings.seqmin IN (-32768, -2147483648, -9223372036854775808) THEN 'NO MINVALUE'
      ELSE 'MINVALUE ' || settings.seqmin END,
    CASE WHEN settings.seqmax IN (32767, 2147483647, 9223372036854775807) THEN 'NO MAXVALUE'
      ELSE 'MAXVALUE ' || settings.seqmax END,
    settings.seqcache, CASE WHEN settings.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END);
  PERFORM pg_catalog.setval(pg_catalog.to_regclass(old_sequence), place.last_value, place.is_called);
  IF settings.words IS NOT NULL THEN
    EXECUTE pg_catalog.format('COMMENT ON SEQUENCE %s IS %L', old_sequence, settings.words);
  END IF;
  -- What ALTER DEFAULT PRIVILEGES gave, the old sequence need not have had.
  FOR given IN SELECT DISTINCT g.grantee
    FROM pg_catalog.pg_class c CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) g
    WHERE c.oid = pg_catalog.to_regclass(old_sequence) AND g.grantee <> c.relowner
  LOOP
    EXECUTE pg_catalog.format('REVOKE ALL ON SEQUENCE %s FROM %s', old_sequence,
      CASE WHEN given.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(given.grantee)) END);
  END LOOP;
  FOR given IN SELECT g.privilege_type, g.grantee, g.is_grantable
    FROM pg_catalog.aclexplode(settings.relacl) g
    WHERE g.grantee <> (SELECT relowner FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass(old_sequence))
  LOOP
    EXECUTE pg_catalog.format('GRANT %s ON SEQUENCE %s TO %s%s', given.privilege_type, old_sequence,
      CASE WHEN given.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(given.grantee)) END,
      CASE WHEN given.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END);
  END LOOP;
END
