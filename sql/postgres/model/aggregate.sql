SELECT '' AS "table",
  pg_catalog.format('%s.%I(%s)', n.q, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)) AS "name",
  pg_catalog.concat_ws(', ', 'SFUNC = ' || a.aggtransfn, 'STYPE = ' || pg_catalog.format_type(a.aggtranstype, NULL),
    CASE WHEN a.aggtransspace <> 0 THEN 'SSPACE = ' || a.aggtransspace END,
    CASE WHEN a.aggfinalfn <> 0 THEN 'FINALFUNC = ' || a.aggfinalfn END,
    CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
    CASE WHEN a.aggfinalmodify = 's' THEN 'FINALFUNC_MODIFY = SHAREABLE'
      WHEN a.aggfinalmodify = 'w' AND a.aggkind = 'n' THEN 'FINALFUNC_MODIFY = READ_WRITE'
      WHEN a.aggfinalmodify = 'r' AND a.aggkind <> 'n' THEN 'FINALFUNC_MODIFY = READ_ONLY' END,
    CASE WHEN a.aggcombinefn <> 0 THEN 'COMBINEFUNC = ' || a.aggcombinefn END,
    CASE WHEN a.aggserialfn <> 0 THEN 'SERIALFUNC = ' || a.aggserialfn END,
    CASE WHEN a.aggdeserialfn <> 0 THEN 'DESERIALFUNC = ' || a.aggdeserialfn END,
    'INITCOND = ' || pg_catalog.quote_literal(a.agginitval),
    CASE WHEN a.aggmtransfn <> 0 THEN 'MSFUNC = ' || a.aggmtransfn END,
    CASE WHEN a.aggminvtransfn <> 0 THEN 'MINVFUNC = ' || a.aggminvtransfn END,
    CASE WHEN a.aggmtranstype <> 0 THEN 'MSTYPE = ' || pg_catalog.format_type(a.aggmtranstype, NULL) END,
    CASE WHEN a.aggmtransspace <> 0 THEN 'MSSPACE = ' || a.aggmtransspace END,
    CASE WHEN a.aggmfinalfn <> 0 THEN 'MFINALFUNC = ' || a.aggmfinalfn END,
    CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
    CASE WHEN a.aggmfinalmodify = 's' THEN 'MFINALFUNC_MODIFY = SHAREABLE'
      WHEN a.aggmfinalmodify = 'w' AND a.aggkind = 'n' THEN 'MFINALFUNC_MODIFY = READ_WRITE'
      WHEN a.aggmfinalmodify = 'r' AND a.aggkind <> 'n' AND a.aggmtransfn <> 0 THEN 'MFINALFUNC_MODIFY = READ_ONLY' END,
    'MINITCOND = ' || pg_catalog.quote_literal(a.aggminitval),
    CASE WHEN a.aggsortop <> 0 THEN 'SORTOP = ' || (SELECT pg_catalog.format('OPERATOR(%I.%s)', on1.nspname, o.oprname)
      FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace on1 ON on1.oid = o.oprnamespace WHERE o.oid = a.aggsortop) END,
    CASE p.proparallel WHEN 's' THEN 'PARALLEL = SAFE' WHEN 'r' THEN 'PARALLEL = RESTRICTED' END,
    CASE WHEN a.aggkind = 'h' THEN 'HYPOTHETICAL' END) AS "definition",
  {rights p.proacl p.proowner f}, {notes p.oid pg_proc}
FROM pg_catalog.pg_proc p JOIN {places} n ON n.oid = p.pronamespace JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid
WHERE {mine p.oid pg_proc}
