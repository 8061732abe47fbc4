-- afloat:expnad
SELECT 1;
