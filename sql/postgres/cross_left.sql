
DECLARE
{defaults}
BEGIN
  UPDATE {source} SET {to_defaults} WHERE {link}{off_defaults};
  RETURN NULL;
END
