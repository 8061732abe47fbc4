
#variable_conflict {conflict}
DECLARE
  afloat_old {old_type};
  afloat_new {new_type};
  afloat_old_default {old_type} := {old_default};
  afloat_new_default {new_type} := {new_default};
BEGIN
  {derive_new}
  IF pg_catalog.record_image_eq(ROW(afloat_new), ROW(NEW.{new})) THEN
    RETURN NEW;
  END IF;
  IF pg_catalog.record_image_eq(ROW(NEW.{new}), ROW(afloat_new_default)){tie} THEN
    NEW.{new} := afloat_new;
    RETURN NEW;
  END IF;
  {derive_old}
  IF {old_off_default} AND pg_catalog.record_image_ne(ROW(afloat_old), ROW(NEW.{old})) THEN
    {conflicting}
  END IF;
  NEW.{old} := afloat_old;
  RETURN NEW;
END
