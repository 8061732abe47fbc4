
#variable_conflict use_column
DECLARE
{defaults}
  afloat_ignored text;
  afloat_carried text := pg_catalog.current_setting('afloat.carried', true);
BEGIN
  {quiet}
  UPDATE {source} SET {to_defaults} WHERE {link}{off_defaults};
  {loud}
  RETURN NULL;
END
