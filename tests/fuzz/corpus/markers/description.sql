-- description: x
-- afloat:expand lossy extra words here
SELECT {batch};
