-- afloat:expand
ALTER TABLE users ADD COLUMN phone text;
-- afloat:backfill table=users batch=auto
UPDATE users SET phone = '0' WHERE phone IS NULL AND {batch};
-- afloat:contract
ALTER TABLE users ALTER COLUMN phone SET NOT NULL;
-- afloat:abort
ALTER TABLE users DROP COLUMN phone;
