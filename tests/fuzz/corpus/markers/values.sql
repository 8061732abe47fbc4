-- afloat:backfill table="a b"."c" batch=0 batch=-1 x= =y
UPDATE t SET a = 1 WHERE {batch};
