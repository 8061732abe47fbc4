-- The reader makes these from the text of the tables.
SELECT NULL AS "table", NULL AS "name" WHERE false
