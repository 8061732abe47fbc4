
#variable_conflict use_column
DECLARE
  afloat_row record;
BEGIN
  FOR afloat_row IN SELECT afloat_t.{column} AS c FROM {target} AS afloat_t WHERE {link} LOOP
    RETURN afloat_row.c;
  END LOOP;
{kept}  RETURN {default};
END
