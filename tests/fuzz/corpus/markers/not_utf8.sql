-- afloat:expand ÿþ
SELECT 'Ã';
