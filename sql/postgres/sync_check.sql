
#variable_conflict {conflict}
DECLARE
  afloat_new boolean;
BEGIN
  BEGIN
    {derive_new}
  EXCEPTION WHEN others THEN
    afloat_new := false; -- a constraint would not let this row pass either
  END;
  IF NOT afloat_new THEN
    PERFORM pg_catalog.set_config('afloat.violates', 'on', true);
  END IF;
  RETURN NEW;
END
