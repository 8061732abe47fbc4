
#variable_conflict {conflict}
DECLARE
  afloat_old {old_type};
  afloat_new {new_type};
BEGIN
  IF pg_catalog.record_image_ne(ROW(NEW.{new}), ROW(OLD.{new})) THEN
    {derive_old}
    IF pg_catalog.record_image_ne(ROW(NEW.{old}), ROW(OLD.{old}))
       AND pg_catalog.record_image_ne(ROW(afloat_old), ROW(NEW.{old})) THEN
      {derive_new}
      IF pg_catalog.record_image_eq(ROW(afloat_new), ROW(NEW.{new})) THEN
        RETURN NEW;
      END IF;
      {conflicting}
    END IF;
    NEW.{old} := afloat_old;
  ELSIF pg_catalog.record_image_ne(ROW(NEW.{old}), ROW(OLD.{old})) THEN
    {derive_new}
    NEW.{new} := afloat_new;
  END IF;
  RETURN NEW;
END
