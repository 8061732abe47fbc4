
DECLARE
  ignored text;
BEGIN
  -- What the new side is before triggers of the user run: the last sync asks whether they wrote it. Hashed, because a
  -- setting is kept until the transaction ends; a name for each depth, because a trigger may write this table again.
  ignored := pg_catalog.set_config({seen}, {new_hash}, true);
  RETURN NEW;
END
