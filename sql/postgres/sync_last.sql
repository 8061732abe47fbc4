
#variable_conflict {conflict}
DECLARE
  afloat_old {old_type};
  afloat_new {new_type};
BEGIN
  -- What user triggers did to one side after sync had made both equal.
  {derive_new}
  IF pg_catalog.record_image_eq(ROW(afloat_new), ROW(NEW.{new})) THEN
    RETURN NEW;
  END IF;
  {derive_old}
  IF pg_catalog.record_image_ne(ROW(afloat_old), ROW(NEW.{old})) THEN
    {follow}
  END IF;
  RETURN NEW;
END
