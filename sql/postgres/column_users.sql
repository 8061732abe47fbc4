-- What would stop a column from being dropped, in words; views are asked for elsewhere.
SELECT DISTINCT pg_catalog.pg_describe_object(d.classid, d.objid, 0) || ' uses ' || {column} || ': change or drop it first'
FROM pg_catalog.pg_depend d
JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype = 'n'
  AND d.refobjid = pg_catalog.to_regclass({table}) AND a.attname = {column}
  AND d.classid IN ('pg_catalog.pg_policy'::regclass, 'pg_catalog.pg_trigger'::regclass, 'pg_catalog.pg_proc'::regclass,
    'pg_catalog.pg_publication_rel'::regclass)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t
                  WHERE d.classid = 'pg_catalog.pg_trigger'::regclass AND t.oid = d.objid
                    AND (pg_catalog.ltrim(t.tgname) LIKE '!afloat\_%' OR t.tgname LIKE '~afloat\_%'))
ORDER BY 1
