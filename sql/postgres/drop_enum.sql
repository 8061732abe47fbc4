
DECLARE
  one record;
BEGIN
  FOR one IN
    SELECT c.castsource::pg_catalog.regtype AS source, c.casttarget::pg_catalog.regtype AS target
    FROM pg_catalog.pg_cast c WHERE c.castsource = pg_catalog.to_regtype({attic_literal})
  LOOP
    EXECUTE pg_catalog.format('DROP CAST (%s AS %s)', one.source, one.target);
  END LOOP;
  DROP TYPE IF EXISTS {attic};
END
