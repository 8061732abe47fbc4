-- afloat:backfill table=users
UPDATE users SET a = 1;
