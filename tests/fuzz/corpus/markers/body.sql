CREATE FUNCTION f() RETURNS int BEGIN ATOMIC
-- afloat:x
SELECT 1; END;
-- afloat:contract
DROP FUNCTION f();
