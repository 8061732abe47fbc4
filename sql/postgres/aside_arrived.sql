
BEGIN
  DELETE FROM {kept} AS afloat_kept USING {source} AS afloat_s WHERE {link} AND {key};
  RETURN NULL;
END
