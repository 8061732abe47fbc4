{values}
  IF pg_catalog.record_image_ne(ROW({names}), ROW({defaults})) THEN
    INSERT INTO {kept} ({columns}) VALUES ({new_keys}, {names}) ON CONFLICT ({key}) DO UPDATE SET {excluded};
  ELSE
    DELETE FROM {kept} WHERE {new_key};
  END IF;
