-- afloat:backfill table=users batch=1000
UPDATE users SET a = 1 WHERE {batch} OR {batch};
