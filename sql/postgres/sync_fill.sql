
#variable_conflict {conflict}
DECLARE
  afloat_new {new_type};
BEGIN
  {derive_new}
  NEW.{new} := afloat_new;
  RETURN NEW;
END
