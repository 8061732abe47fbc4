-- afloat:
SELECT 1;
