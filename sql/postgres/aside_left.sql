  IF TG_OP = 'INSERT' OR EXISTS (SELECT FROM {target} AS afloat_t WHERE {has_now}) THEN
    DELETE FROM {kept} WHERE {new_key};
  ELSE
    INSERT INTO {kept} ({columns}) SELECT {new_keys}, {values} FROM {target} AS afloat_t WHERE {had}
      AND pg_catalog.record_image_ne(ROW({values}), ROW({defaults}))
    ON CONFLICT ({key}) DO UPDATE SET {excluded};
  END IF;
