
#variable_conflict {conflict}
DECLARE
  {declare_old}
  {declare_new}
BEGIN
  IF pg_catalog.record_image_ne(ROW({new}), ROW({was_new})) THEN{unfilled}
    {derive_old}
    IF pg_catalog.record_image_ne(ROW({old}), ROW({was_old}))
       AND pg_catalog.record_image_ne(ROW({derived_old}), ROW({old})) THEN
      {derive_new}
      IF pg_catalog.record_image_eq(ROW({derived_new}), ROW({new})) THEN
        RETURN NEW;
      END IF;
      {conflicting}
    END IF;
    {put_old}
  ELSIF pg_catalog.record_image_ne(ROW({old}), ROW({was_old})) THEN
    {derive_new}
    {put_new}
  END IF;
  RETURN NEW;
END
