-- afloat:expand
SELECT 1;
-- afloat:revert
SELECT 2;
