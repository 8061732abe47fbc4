-- What is wrong in the catalogs, anywhere in the database: (level, subject, detail, next).
SELECT 'failure', 'index ' || indexrelid::regclass::text, 'it is INVALID: a build failed or is still running',
       'DROP INDEX CONCURRENTLY ' || indexrelid::regclass::text
FROM pg_catalog.pg_index
WHERE NOT indisvalid AND indrelid NOT IN (SELECT oid FROM pg_catalog.pg_class WHERE relkind = 'p')
UNION ALL
SELECT 'warning', 'constraint ' || conname || ' on ' || conrelid::regclass::text,
       'rows that were there before it were never validated',
       'ALTER TABLE ' || conrelid::regclass::text || ' VALIDATE CONSTRAINT ' || pg_catalog.quote_ident(conname)
FROM pg_catalog.pg_constraint o
WHERE NOT convalidated AND conparentid = 0 AND contype IN ('c', 'f') AND coalesce(pg_catalog.to_jsonb(o) ->> 'conenforced', 'true') <> 'false'
UNION ALL
-- The same columns, order, expressions and predicate: one costs each write and serves nothing. One with a constraint stays.
SELECT 'warning', 'index ' || i.indexrelid::regclass::text, 'it does what ' || k.indexrelid::regclass::text || ' does',
       'DROP INDEX CONCURRENTLY ' || i.indexrelid::regclass::text
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_index k ON k.indrelid = i.indrelid AND k.indexrelid <> i.indexrelid
  AND k.indkey = i.indkey AND k.indclass = i.indclass AND k.indcollation = i.indcollation AND k.indoption = i.indoption
  AND k.indnkeyatts = i.indnkeyatts
  AND pg_catalog.pg_get_expr(k.indexprs, k.indrelid) IS NOT DISTINCT FROM pg_catalog.pg_get_expr(i.indexprs, i.indrelid)
  AND pg_catalog.pg_get_expr(k.indpred, k.indrelid) IS NOT DISTINCT FROM pg_catalog.pg_get_expr(i.indpred, i.indrelid)
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_class kc ON kc.oid = k.indexrelid AND kc.relam = c.relam
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'pg_toast', 'afloat') AND i.indisvalid AND k.indisvalid AND NOT c.relispartition
  AND NOT i.indisreplident AND (NOT i.indisunique OR k.indisunique)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint o WHERE o.conindid = i.indexrelid)
  AND c.relname !~ '^[!~_]*afloat_' AND kc.relname !~ '^[!~_]*afloat_'
  AND (EXISTS (SELECT FROM pg_catalog.pg_constraint o WHERE o.conindid = k.indexrelid) OR k.indisunique AND NOT i.indisunique
       OR k.indexrelid < i.indexrelid)
UNION ALL
-- The next value could meet one that is there. Only where this role may read both.
SELECT 'warning', 'sequence ' || s.seq::regclass::text,
       pg_catalog.format('it stands at %s, and %s has %s already', s.last, s.tab::regclass::text || '.' || pg_catalog.quote_ident(s.col), s.most),
       pg_catalog.format('SELECT setval(%L, %s)', s.seq::regclass::text, s.most)
FROM (SELECT p.seqrelid AS seq, t.oid AS tab, a.attname AS col, coalesce(pg_catalog.pg_sequence_last_value(p.seqrelid), p.seqstart - 1) AS last,
        ((pg_catalog.xpath('/row/m/text()', pg_catalog.query_to_xml(
          pg_catalog.format('SELECT pg_catalog.max(%I) AS m FROM %s', a.attname, t.oid::pg_catalog.regclass), false, true, '')))[1])::text::numeric
          AS most
      FROM pg_catalog.pg_sequence p JOIN pg_catalog.pg_class q ON q.oid = p.seqrelid
      JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = q.oid AND d.objsubid = 0
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i')
      JOIN pg_catalog.pg_class t ON t.oid = d.refobjid AND t.relkind IN ('r', 'p')
      JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
      WHERE p.seqincrement > 0 AND NOT p.seqcycle AND a.atttypid IN (20, 21, 23)
        AND pg_catalog.has_sequence_privilege(p.seqrelid, 'SELECT') AND pg_catalog.has_column_privilege(t.oid, a.attnum, 'SELECT')
        AND pg_catalog.has_schema_privilege(t.relnamespace, 'USAGE')
        -- An index that begins with the column finds the highest value; a scan of the table would cost too much here.
        AND EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = t.oid AND i.indkey[0] = a.attnum AND i.indisvalid
          AND i.indpred IS NULL)) s
WHERE s.most > s.last
ORDER BY 1, 2
