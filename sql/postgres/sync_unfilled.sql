
    IF {was_new_is_null} THEN
      -- Perhaps the backfill has yet to come here: what the statement left alone is then what it will put there.
      DECLARE
        {declare_written}
      BEGIN
        {clear_new}
        {derive_old}
        IF pg_catalog.record_image_ne(ROW({derived_old}), ROW({was_old})) THEN
          {derive_new}
          {put_rest}
        ELSE
          {put_written}
        END IF;
      END;
    END IF;
