-- afloat:expand
SELECT 1;
-- afloat:expand
SELECT 2;
