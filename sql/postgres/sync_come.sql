
DECLARE
  ignored text;
BEGIN
  -- An INSERT of its own: only one that is half of an UPDATE, which takes a row to another partition, passes no trigger of
  -- statements. What left the table before has nothing to do with its rows.
  ignored := pg_catalog.set_config({left}, 'off', true);
  RETURN NULL;
END
