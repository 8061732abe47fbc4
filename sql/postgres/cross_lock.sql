
#variable_conflict use_column
BEGIN
  -- Both rows of a pair are locked together, and not first all rows of a statement and then all their partners.
  PERFORM FROM {their_table} WHERE {their_link} FOR NO KEY UPDATE;
  RETURN NEW;
END
