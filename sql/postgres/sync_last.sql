
#variable_conflict {conflict}
DECLARE
  {declare_old}
  {declare_new}
BEGIN
  -- What user triggers did to one side after sync had made both equal.
  {derive_new}
  IF pg_catalog.record_image_eq(ROW({derived_new}), ROW({new})) THEN
    RETURN NEW;
  END IF;
  {derive_old}
  IF pg_catalog.record_image_ne(ROW({derived_old}), ROW({old})) THEN
    {follow}
  END IF;
  RETURN NEW;
END
