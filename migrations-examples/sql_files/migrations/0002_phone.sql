-- afloat:description users get a phone of digits only, beside phone_raw

-- afloat:expand
ALTER TABLE users ADD COLUMN phone text;

-- Each statement of this block is a step of its own. On PostgreSQL one would write CREATE INDEX CONCURRENTLY,
-- which cannot run in a transaction; that is then found without a marker, too.
-- afloat:expand
-- afloat:no-transaction
CREATE INDEX users_by_phone ON users (phone);
-- The query is asked before the statement and after it: true says that it took effect.
-- afloat:done-when SELECT EXISTS (SELECT 1 FROM calls WHERE id = 2)
INSERT INTO calls (id, user_id, note) VALUES (2, 3, 'told about the new phone book');

-- Runs again and again, each time over the next rows of the table: {batch} is where their range goes.
-- afloat:backfill table=users as=u batch=2
UPDATE users AS u SET phone = replace(replace(u.phone_raw, ' ', ''), '-', '')
WHERE u.phone IS NULL AND u.phone_raw IS NOT NULL AND {batch};

-- When no old release reads the old view any more.
-- afloat:contract
DROP VIEW phone_book;
CREATE VIEW phone_book AS SELECT user_name, phone FROM users WHERE phone IS NOT NULL;

-- Undoes expand and backfill. It may run when only the first of their steps was done, hence IF EXISTS.
-- afloat:abort
DELETE FROM calls WHERE id = 2;
DROP INDEX IF EXISTS users_by_phone;
ALTER TABLE users DROP COLUMN phone;

-- Undoes contract: kept in the plan for a DBA to read.
-- afloat:revert
DROP VIEW phone_book;
CREATE VIEW phone_book AS SELECT user_name, phone_raw FROM users WHERE phone_raw IS NOT NULL;
