SELECT '' AS "table",
  pg_catalog.format('%s.%s (%s, %s)', n.q, o.oprname,
    CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE pg_catalog.format_type(o.oprleft, NULL) END,
    pg_catalog.format_type(o.oprright, NULL)) AS "name",
  pg_catalog.concat_ws(', ', 'FUNCTION = ' || o.oprcode,
    CASE WHEN o.oprleft <> 0 THEN 'LEFTARG = ' || pg_catalog.format_type(o.oprleft, NULL) END,
    'RIGHTARG = ' || pg_catalog.format_type(o.oprright, NULL),
    CASE WHEN o.oprcom <> 0 THEN 'COMMUTATOR = ' || (SELECT pg_catalog.format('OPERATOR(%I.%s)', m.nspname, p.oprname)
      FROM pg_catalog.pg_operator p JOIN pg_catalog.pg_namespace m ON m.oid = p.oprnamespace WHERE p.oid = o.oprcom) END,
    CASE WHEN o.oprnegate <> 0 THEN 'NEGATOR = ' || (SELECT pg_catalog.format('OPERATOR(%I.%s)', m.nspname, p.oprname)
      FROM pg_catalog.pg_operator p JOIN pg_catalog.pg_namespace m ON m.oid = p.oprnamespace WHERE p.oid = o.oprnegate) END,
    CASE WHEN o.oprrest <> 0 THEN 'RESTRICT = ' || o.oprrest END, CASE WHEN o.oprjoin <> 0 THEN 'JOIN = ' || o.oprjoin END,
    CASE WHEN o.oprcanhash THEN 'HASHES' END, CASE WHEN o.oprcanmerge THEN 'MERGES' END) AS "definition",
  {owner o.oprowner}, {notes o.oid pg_operator}
FROM pg_catalog.pg_operator o JOIN {places} n ON n.oid = o.oprnamespace
WHERE o.oprcode <> 0 AND {mine o.oid pg_operator}
