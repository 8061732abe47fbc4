
#variable_conflict {conflict}
{declare}BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM {kept} WHERE {old_key};
    RETURN NULL;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    IF pg_catalog.record_image_ne(ROW({old_keys}), ROW({new_keys})) THEN
      DELETE FROM {kept} WHERE {new_key} AND NOT ({same_key});
      UPDATE {kept} SET {move_key} WHERE {old_key};
    END IF;
    IF NOT {changed} THEN
      RETURN NULL;
    END IF;
  END IF;
{then}  RETURN NULL;
END
