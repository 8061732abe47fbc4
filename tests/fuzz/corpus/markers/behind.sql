SELECT 1; -- afloat:contract
SELECT 2
-- afloat:contract
+ 3;
