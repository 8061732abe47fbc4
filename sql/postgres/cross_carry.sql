
#variable_conflict use_column
DECLARE
{defaults}
  afloat_mine record;
  afloat_theirs record;
  afloat_mine_before record;
  afloat_theirs_before record;
  afloat_arrives boolean := TG_OP = 'INSERT';
  afloat_brought boolean;
  afloat_ignored text;
  afloat_carried text := pg_catalog.current_setting('afloat.carried', true);
BEGIN
  IF TG_OP = 'UPDATE' THEN
    afloat_arrives := pg_catalog.record_image_ne(ROW({old_key}), ROW({new_key}));
  END IF;
{left}
  IF {no_key} THEN
    RETURN NULL;
  END IF;
  -- The row as it is by now: a trigger before this one may have written it again.
  SELECT {my_columns} INTO afloat_mine FROM {my_table} WHERE {my_link};
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  SELECT {their_columns} INTO afloat_theirs FROM {their_table} WHERE {their_link} FOR NO KEY UPDATE;
  IF NOT FOUND THEN
{missing}
  END IF;
  afloat_mine_before := afloat_mine;
  afloat_theirs_before := afloat_theirs;
{decide}
  IF pg_catalog.record_image_ne(afloat_mine, afloat_mine_before) THEN
    {quiet}
    UPDATE {my_table} SET {my_values} WHERE {my_link};
    {loud}
  END IF;
  IF pg_catalog.record_image_ne(afloat_theirs, afloat_theirs_before) THEN
    {quiet}
    UPDATE {their_table} SET {their_values} WHERE {their_link};
    {loud}
  END IF;
  RETURN NULL;
END
