
#variable_conflict {conflict}
DECLARE
  {declare_old}
  {declare_new}
  {declare_old_default}
  {declare_new_default}
BEGIN{set_defaults}
  {derive_new}
  IF pg_catalog.record_image_eq(ROW({derived_new}), ROW({new})) THEN
    RETURN NEW;
  END IF;{moved_unfilled}
  IF pg_catalog.record_image_eq(ROW({new}), ROW({new_default})){tie} THEN{moved}
    {put_new}
    RETURN NEW;
  END IF;
  {derive_old}
  IF {old_off_default} AND pg_catalog.record_image_ne(ROW({derived_old}), ROW({old})) THEN
    {conflicting}
  END IF;
  {put_old}
  RETURN NEW;
END
