-- afloat:expand
SELECT 'a
-- afloat:contract
