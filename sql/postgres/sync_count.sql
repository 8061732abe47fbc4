
BEGIN
  PERFORM pg_catalog.nextval({writes});
  PERFORM pg_catalog.setval({last}, (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000)::bigint);
  RETURN NEW;
END
