
#variable_conflict use_column
DECLARE
  afloat_old {type};
BEGIN
  SELECT afloat_kept.{column} INTO afloat_old FROM {kept} AS afloat_kept WHERE {key};
  IF FOUND THEN
    RETURN afloat_old;
  END IF;
  BEGIN
    {down}
  EXCEPTION WHEN others THEN
    afloat_old := NULL; -- as sync with an attic column does
  END;
  RETURN afloat_old;
END
