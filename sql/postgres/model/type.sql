SELECT '' AS "table", pg_catalog.format('%s.%I', n.q, t.typname) AS "name",
  CASE t.typtype WHEN 'p' THEN 'shell' WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite' WHEN 'r' THEN 'range' ELSE 'base' END AS "form",
  (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(l.enumlabel), ', ' ORDER BY l.enumsortorder)
   FROM pg_catalog.pg_enum l WHERE l.enumtypid = t.oid) AS "labels",
  CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END AS "base",
  CASE WHEN t.typtype = 'd' AND t.typcollation <> b.typcollation THEN {collation t.typcollation} END AS "collation",
  CASE WHEN t.typtype = 'd' THEN coalesce(pg_catalog.pg_get_expr(t.typdefaultbin, 0), t.typdefault) END AS "default",
  CASE WHEN t.typnotnull THEN 'yes' END AS "not null",
  (SELECT pg_catalog.string_agg(pg_catalog.format('CONSTRAINT %I %s', o.conname, pg_catalog.pg_get_constraintdef(o.oid)), ', '
     ORDER BY o.conname COLLATE "C")
   FROM pg_catalog.pg_constraint o WHERE o.contypid = t.oid AND o.contype = 'c') AS "checks",
  CASE WHEN t.typtype = 'c' THEN (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', pg_catalog.quote_ident(a.attname),
       pg_catalog.format_type(a.atttypid, a.atttypmod),
       CASE WHEN a.attcollation <> (SELECT typcollation FROM pg_catalog.pg_type WHERE oid = a.atttypid)
         THEN 'COLLATE ' || {collation a.attcollation} END), ', ' ORDER BY a.attnum)
   FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) END AS "attributes",
  pg_catalog.format_type(r.rngsubtype, NULL) AS "subtype",
  CASE WHEN NOT o.opcdefault THEN pg_catalog.format('%I.%I', opn.nspname, o.opcname) END AS "subtype operator class",
  CASE WHEN r.rngcollation <> s.typcollation THEN {collation r.rngcollation} END AS "subtype collation",
  CASE WHEN r.rngcanonical <> 0 THEN r.rngcanonical::pg_catalog.regproc::text END AS "canonical",
  CASE WHEN r.rngsubdiff <> 0 THEN r.rngsubdiff::pg_catalog.regproc::text END AS "subtype difference",
  pg_catalog.format_type(r.rngmultitypid, NULL) AS "multirange",
  CASE WHEN t.typtype = 'b' THEN pg_catalog.concat_ws(', ', 'INPUT = ' || t.typinput::text, 'OUTPUT = ' || t.typoutput::text,
    CASE WHEN t.typreceive <> 0 THEN 'RECEIVE = ' || t.typreceive::text END, CASE WHEN t.typsend <> 0 THEN 'SEND = ' || t.typsend::text END,
    CASE WHEN t.typmodin <> 0 THEN 'TYPMOD_IN = ' || t.typmodin::text END,
    CASE WHEN t.typmodout <> 0 THEN 'TYPMOD_OUT = ' || t.typmodout::text END,
    CASE WHEN t.typanalyze <> 0 THEN 'ANALYZE = ' || t.typanalyze::text END,
    CASE WHEN t.typsubscript <> 0 THEN 'SUBSCRIPT = ' || t.typsubscript::text END,
    'INTERNALLENGTH = ' || CASE WHEN t.typlen = -1 THEN 'VARIABLE' ELSE t.typlen::text END,
    'ALIGNMENT = ' || CASE t.typalign WHEN 'c' THEN 'char' WHEN 's' THEN 'int2' WHEN 'i' THEN 'int4' ELSE 'double' END,
    'STORAGE = ' || CASE t.typstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END,
    CASE WHEN t.typbyval THEN 'PASSEDBYVALUE' END, 'CATEGORY = ' || pg_catalog.quote_literal(t.typcategory::text),
    CASE WHEN t.typispreferred THEN 'PREFERRED = true' END, 'DEFAULT = ' || pg_catalog.quote_literal(t.typdefault),
    CASE WHEN t.typelem <> 0 THEN 'ELEMENT = ' || pg_catalog.format_type(t.typelem, NULL) END,
    CASE WHEN t.typdelim <> ',' THEN 'DELIMITER = ' || pg_catalog.quote_literal(t.typdelim::text) END,
    CASE WHEN t.typcollation <> 0 THEN 'COLLATABLE = true' END) END AS "functions",
  (SELECT pg_catalog.string_agg(pg_catalog.format('%I IS %L', x.part, x.words), ', ' ORDER BY x.part COLLATE "C") FROM (
     SELECT o.conname, pg_catalog.obj_description(o.oid, 'pg_constraint') FROM pg_catalog.pg_constraint o WHERE o.contypid = t.oid
     UNION ALL
     SELECT a.attname, pg_catalog.col_description(a.attrelid, a.attnum) FROM pg_catalog.pg_attribute a
     WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) AS x(part, words)
   WHERE x.words IS NOT NULL) AS "comments",
  {rights t.typacl t.typowner T}, {notes t.oid pg_type}
FROM pg_catalog.pg_type t JOIN {places} n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid
LEFT JOIN pg_catalog.pg_type s ON s.oid = r.rngsubtype
LEFT JOIN pg_catalog.pg_opclass o ON o.oid = r.rngsubopc
LEFT JOIN pg_catalog.pg_namespace opn ON opn.oid = o.opcnamespace
LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
WHERE t.typtype IN ('e', 'd', 'c', 'r', 'b', 'p') AND (t.typtype <> 'c' OR c.relkind = 'c') AND (t.typisdefined = (t.typtype <> 'p'))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid)
  AND {mine t.oid pg_type}
