
#variable_conflict {conflict}
DECLARE
  {declare_new}
BEGIN
  {derive_new}
  {put_new}
  RETURN NEW;
END
