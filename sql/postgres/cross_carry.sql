
DECLARE
{defaults}
  mine record;
  theirs record;
  mine_before record;
  theirs_before record;
  arrives boolean := TG_OP = 'INSERT';
  brought boolean;
  ignored text;
  carried text := pg_catalog.current_setting('afloat.carried', true);
BEGIN
  IF TG_OP = 'UPDATE' THEN
    arrives := pg_catalog.record_image_ne(ROW({old_key}), ROW({new_key}));
  END IF;
{left}
  IF {no_key} THEN
    RETURN NULL;
  END IF;
  -- The row as it is by now: a trigger before this one may have written it again.
  SELECT {my_columns} INTO mine FROM {my_table} WHERE {my_link};
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  SELECT {their_columns} INTO theirs FROM {their_table} WHERE {their_link} FOR NO KEY UPDATE;
  IF NOT FOUND THEN
{missing}
  END IF;
  mine_before := mine;
  theirs_before := theirs;
{decide}
  IF pg_catalog.record_image_ne(mine, mine_before) THEN
    {quiet}
    UPDATE {my_table} SET {my_values} WHERE {my_link};
    {loud}
  END IF;
  IF pg_catalog.record_image_ne(theirs, theirs_before) THEN
    {quiet}
    UPDATE {their_table} SET {their_values} WHERE {their_link};
    {loud}
  END IF;
  RETURN NULL;
END
