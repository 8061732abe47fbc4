
DECLARE
  ignored text;
BEGIN
  -- An UPDATE that takes a row to another partition deletes it here and inserts it there. Beside a value of the old side
  -- NULL is what the backfill has not come to yet: the INSERT must not take it for a written one.
  ignored := pg_catalog.set_config({left}, 'on', true);
  RETURN OLD;
END
