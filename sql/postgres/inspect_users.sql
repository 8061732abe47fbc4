-- What hangs on the columns of the tables in $1 (oid array) by number: see ColumnUser. One row a user and column.
-- "not ours" is what only its owner, another role, could make again.
-- Lists are joined by U+001F. afloat's own triggers, constraints and indexes are left out. to_jsonb reads columns that
-- older servers lack.
WITH RECURSIVE direct AS (
  SELECT DISTINCT d.refobjid AS relid, a.attname, a.attnum, d.classid, d.objid, d.objsubid
  FROM pg_catalog.pg_depend d
  JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = ANY ($1::oid[]) AND d.refobjsubid > 0
), reached(relid, attname, view, depth) AS (
  SELECT d.relid, d.attname, w.ev_class, 1
  FROM direct d JOIN pg_catalog.pg_rewrite w ON w.oid = d.objid JOIN pg_catalog.pg_class v ON v.oid = w.ev_class
  WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND w.rulename = '_RETURN'
  UNION
  SELECT r.relid, r.attname, w.ev_class, r.depth + 1
  FROM reached r
  JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = r.view
    AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
  JOIN pg_catalog.pg_rewrite w ON w.oid = d.objid AND w.ev_class <> r.view AND w.rulename = '_RETURN'
  WHERE r.depth < 50
), views AS (
  SELECT r.relid, r.attname, r.view, pg_catalog.max(r.depth) AS depth, n.nspname, v.relname, v.relkind, v.relowner,
    pg_catalog.format('%I.%I', n.nspname, v.relname) AS called, v.reloptions, v.relacl
  FROM reached r JOIN pg_catalog.pg_class v ON v.oid = r.view JOIN pg_catalog.pg_namespace n ON n.oid = v.relnamespace
  GROUP BY 1, 2, 3, 5, 6, 7, 8, 9, 10, 11
), tables AS (
  SELECT c.oid, n.nspname, c.relname, pg_catalog.format('%I.%I', n.nspname, c.relname) AS called
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
), own_indexes AS ( -- indexes on a column, also those of constraints
  SELECT DISTINCT d.relid, d.attname, i.indexrelid, i.indisclustered, i.indisreplident, x.relname, x.relnamespace
  FROM direct d JOIN pg_catalog.pg_index i ON i.indrelid = d.relid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
  WHERE (d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = i.indexrelid)
     OR (d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
         AND EXISTS (SELECT FROM pg_catalog.pg_constraint o WHERE o.oid = d.objid AND o.conindid = i.indexrelid
                       AND o.conrelid = i.indrelid))
), users AS (
  SELECT v.relid, v.attname, CASE WHEN v.relkind = 'm' THEN 'materialized view' WHEN ours THEN 'view' ELSE 'not ours' END AS kind,
    v.nspname, v.relname, pg_catalog.pg_describe_object('pg_catalog.pg_class'::pg_catalog.regclass, v.view, 0)
      || CASE WHEN ours THEN '' ELSE ', which belongs to ' || pg_catalog.pg_get_userbyid(v.relowner) || ',' END AS words,
    ARRAY['DROP VIEW ' || v.called] AS gone,
    ARRAY[pg_catalog.format('CREATE VIEW %s (%s)%s AS %s', v.called,
        (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)
         FROM pg_catalog.pg_attribute a WHERE a.attrelid = v.view AND a.attnum > 0 AND NOT a.attisdropped),
        ' WITH (' || pg_catalog.array_to_string(v.reloptions, ', ') || ')', pg_catalog.rtrim(pg_catalog.pg_get_viewdef(v.view), ';')),
      pg_catalog.format('ALTER VIEW %s OWNER TO %I', v.called, pg_catalog.pg_get_userbyid(v.relowner)),
      -- what ALTER DEFAULT PRIVILEGES gave, the view need not have
      pg_catalog.format('DO %L', pg_catalog.format('DECLARE role text; BEGIN FOR role IN SELECT DISTINCT CASE WHEN a.grantee = 0'
        ' THEN ''PUBLIC'' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END FROM pg_catalog.pg_class v'
        ' CROSS JOIN LATERAL pg_catalog.aclexplode(v.relacl) a WHERE v.oid = %L::pg_catalog.regclass AND a.grantee <> v.relowner'
        ' LOOP EXECUTE ''REVOKE ALL ON TABLE '' || %L || '' FROM '' || role; END LOOP; END', v.called, v.called))]
    || ARRAY(SELECT pg_catalog.format('ALTER VIEW %s ALTER COLUMN %I SET DEFAULT %s', v.called, a.attname,
               pg_catalog.pg_get_expr(f.adbin, f.adrelid))
             FROM pg_catalog.pg_attrdef f JOIN pg_catalog.pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
             WHERE f.adrelid = v.view ORDER BY f.adnum)
    || ARRAY(SELECT CASE WHEN s.objsubid = 0 THEN pg_catalog.format('COMMENT ON VIEW %s IS %L', v.called, s.description)
               ELSE pg_catalog.format('COMMENT ON COLUMN %s.%I IS %L', v.called, a.attname, s.description) END
             FROM pg_catalog.pg_description s
             LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = s.objoid AND a.attnum = s.objsubid AND s.objsubid > 0
             WHERE s.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND s.objoid = v.view ORDER BY s.objsubid)
    || ARRAY(SELECT pg_catalog.format('GRANT %s ON %s TO %s%s', g.privilege_type, v.called,
               CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END,
               CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
             FROM pg_catalog.aclexplode(v.relacl) g WHERE g.grantee <> v.relowner ORDER BY 1)
    || ARRAY(SELECT pg_catalog.format('GRANT %s (%I) ON %s TO %s%s', g.privilege_type, a.attname, v.called,
               CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END,
               CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
             FROM pg_catalog.pg_attribute a CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) g
             WHERE a.attrelid = v.view ORDER BY 1)
    || ARRAY(SELECT pg_catalog.pg_get_ruledef(w.oid) FROM pg_catalog.pg_rewrite w
             WHERE w.ev_class = v.view AND w.rulename <> '_RETURN' ORDER BY w.rulename)
    || ARRAY(SELECT pg_catalog.pg_get_triggerdef(t.oid) FROM pg_catalog.pg_trigger t
             WHERE t.tgrelid = v.view AND NOT t.tgisinternal ORDER BY t.tgname)
    || ARRAY(SELECT pg_catalog.format('COMMENT ON %s %I ON %s IS %L', o.kind, o.name, v.called, s.description)
             FROM (SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid, 'RULE', w.rulename FROM pg_catalog.pg_rewrite w
                   WHERE w.ev_class = v.view AND w.rulename <> '_RETURN'
                   UNION ALL SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, t.oid, 'TRIGGER', t.tgname
                   FROM pg_catalog.pg_trigger t WHERE t.tgrelid = v.view AND NOT t.tgisinternal) AS o(class, oid, kind, name)
             JOIN pg_catalog.pg_description s ON s.classoid = o.class AND s.objoid = o.oid ORDER BY o.kind, o.name) AS made,
    v.depth
  FROM views v CROSS JOIN LATERAL pg_catalog.pg_has_role(v.relowner, 'MEMBER') AS ours
  UNION ALL -- what hangs on such a view and would not let it go
  SELECT v.relid, v.attname, 'other', v.nspname, v.relname,
    pg_catalog.pg_describe_object(d.classid, d.objid, 0) || ', which uses ' || v.called, '{}', '{}', v.depth
  FROM views v JOIN pg_catalog.pg_type y ON y.typrelid = v.view
  JOIN pg_catalog.pg_depend d ON (d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = v.view)
    OR (d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.refobjid IN (y.oid, y.typarray))
  WHERE d.deptype IN ('n', 'a') AND d.classid NOT IN ('pg_catalog.pg_rewrite'::pg_catalog.regclass,
    'pg_catalog.pg_trigger'::pg_catalog.regclass, 'pg_catalog.pg_attrdef'::pg_catalog.regclass)
  UNION ALL
  SELECT d.relid, d.attname, 'policy', t.nspname, t.relname,
    pg_catalog.pg_describe_object(d.classid, d.objid, 0),
    ARRAY[pg_catalog.format('DROP POLICY %I ON %s', p.polname, t.called)],
    ARRAY[pg_catalog.format('CREATE POLICY %I ON %s AS %s FOR %s TO %s%s%s', p.polname, t.called,
      CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
      CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
      (SELECT pg_catalog.string_agg(CASE WHEN r = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r)) END, ', ' ORDER BY r)
       FROM pg_catalog.unnest(p.polroles) r),
      ' USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')',
      ' WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')')]
    || CASE WHEN s.description IS NULL THEN '{}'::text[]
         ELSE ARRAY[pg_catalog.format('COMMENT ON POLICY %I ON %s IS %L', p.polname, t.called, s.description)] END, 0
  FROM direct d JOIN pg_catalog.pg_policy p ON p.oid = d.objid JOIN tables t ON t.oid = p.polrelid
  LEFT JOIN pg_catalog.pg_description s ON s.classoid = d.classid AND s.objoid = d.objid
  WHERE d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass
  UNION ALL
  SELECT d.relid, d.attname, 'trigger', t.nspname, t.relname, pg_catalog.pg_describe_object(d.classid, d.objid, 0),
    ARRAY[pg_catalog.format('DROP TRIGGER %I ON %s', g.tgname, t.called)],
    ARRAY[pg_catalog.pg_get_triggerdef(g.oid)]
    || CASE g.tgenabled WHEN 'O' THEN '{}'::text[] ELSE ARRAY[pg_catalog.format('ALTER TABLE %s %s TRIGGER %I', t.called,
         CASE g.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE REPLICA' END, g.tgname)] END
    || CASE WHEN s.description IS NULL THEN '{}'::text[]
         ELSE ARRAY[pg_catalog.format('COMMENT ON TRIGGER %I ON %s IS %L', g.tgname, t.called, s.description)] END, 0
  FROM direct d JOIN pg_catalog.pg_trigger g ON g.oid = d.objid JOIN tables t ON t.oid = g.tgrelid
  LEFT JOIN pg_catalog.pg_description s ON s.classoid = d.classid AND s.objoid = d.objid
  WHERE d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND NOT g.tgisinternal AND g.tgname !~ '^[!~_ ]*afloat_'
  UNION ALL
  SELECT d.relid, d.attname, CASE WHEN ours THEN 'publication' ELSE 'not ours' END, t.nspname, t.relname,
    pg_catalog.pg_describe_object(d.classid, d.objid, 0)
      || CASE WHEN ours THEN '' ELSE ', which belongs to ' || pg_catalog.pg_get_userbyid(p.pubowner) || ',' END,
    ARRAY[pg_catalog.format('ALTER PUBLICATION %I DROP TABLE %s', p.pubname, t.called)],
    ARRAY[pg_catalog.format('ALTER PUBLICATION %I ADD TABLE %s%s%s', p.pubname, t.called,
      (SELECT ' (' || pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')'
       FROM pg_catalog.pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum > 0
         AND pg_catalog.to_jsonb(r) -> 'prattrs' @> pg_catalog.to_jsonb(a.attnum)),
      (SELECT ' WHERE (' || (pg_catalog.to_jsonb(x) ->> 'rowfilter') || ')' FROM pg_catalog.pg_publication_tables x
       WHERE x.pubname = p.pubname AND x.schemaname = t.nspname AND x.tablename = t.relname))], 0
  FROM direct d JOIN pg_catalog.pg_publication_rel r ON r.oid = d.objid JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid
  JOIN tables t ON t.oid = r.prrelid CROSS JOIN LATERAL pg_catalog.pg_has_role(p.pubowner, 'MEMBER') AS ours
  WHERE d.classid = 'pg_catalog.pg_publication_rel'::pg_catalog.regclass
  UNION ALL
  SELECT d.relid, d.attname, CASE WHEN ours THEN 'statistics' ELSE 'not ours' END, t.nspname, t.relname,
    pg_catalog.pg_describe_object(d.classid, d.objid, 0)
      || CASE WHEN ours THEN '' ELSE ', which belongs to ' || pg_catalog.pg_get_userbyid(e.stxowner) || ',' END,
    ARRAY[pg_catalog.format('DROP STATISTICS %I.%I', n.nspname, e.stxname)],
    ARRAY[pg_catalog.pg_get_statisticsobjdef(e.oid),
      pg_catalog.format('ALTER STATISTICS %I.%I OWNER TO %I', n.nspname, e.stxname, pg_catalog.pg_get_userbyid(e.stxowner))]
    || CASE WHEN coalesce(e.stxstattarget, -1) < 0 THEN '{}'::text[]
         ELSE ARRAY[pg_catalog.format('ALTER STATISTICS %I.%I SET STATISTICS %s', n.nspname, e.stxname, e.stxstattarget)] END
    || CASE WHEN s.description IS NULL THEN '{}'::text[]
         ELSE ARRAY[pg_catalog.format('COMMENT ON STATISTICS %I.%I IS %L', n.nspname, e.stxname, s.description)] END, 0
  FROM direct d JOIN pg_catalog.pg_statistic_ext e ON e.oid = d.objid JOIN tables t ON t.oid = e.stxrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = e.stxnamespace
  CROSS JOIN LATERAL pg_catalog.pg_has_role(e.stxowner, 'MEMBER') AS ours
  LEFT JOIN pg_catalog.pg_description s ON s.classoid = d.classid AND s.objoid = d.objid
  WHERE d.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass
  UNION ALL
  SELECT d.relid, d.attname, 'sequence', t.nspname, t.relname, pg_catalog.pg_describe_object(d.classid, d.objid, 0),
    '{}', ARRAY[pg_catalog.format('ALTER SEQUENCE %s OWNED BY %s.%I', s.called, t.called, d.attname)], 0
  FROM direct d JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind = 'S' JOIN tables s ON s.oid = c.oid
  JOIN tables t ON t.oid = d.relid
  WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  UNION ALL -- settings that indexes and constraints of the same names must have again
  SELECT x.relid, x.attname, 'setting', t.nspname, t.relname, 'settings of index ' || x.relname, '{}',
    CASE WHEN s.description IS NULL THEN '{}'::text[]
      ELSE ARRAY[pg_catalog.format('COMMENT ON INDEX %I.%I IS %L', n.nspname, x.relname, s.description)] END
    || CASE WHEN x.indisclustered THEN ARRAY[pg_catalog.format('ALTER TABLE %s CLUSTER ON %I', t.called, x.relname)] ELSE '{}'::text[] END
    || CASE WHEN x.indisreplident THEN ARRAY[pg_catalog.format('ALTER TABLE %s REPLICA IDENTITY USING INDEX %I', t.called, x.relname)] ELSE '{}'::text[] END
    || ARRAY(SELECT pg_catalog.format('ALTER INDEX %I.%I ALTER COLUMN %s SET STATISTICS %s', n.nspname, x.relname, a.attnum, a.attstattarget)
             FROM pg_catalog.pg_attribute a WHERE a.attrelid = x.indexrelid AND a.attstattarget >= 0 ORDER BY a.attnum), 0
  FROM own_indexes x JOIN tables t ON t.oid = x.relid JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace
  LEFT JOIN pg_catalog.pg_description s ON s.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND s.objoid = x.indexrelid
  UNION ALL
  SELECT DISTINCT d.relid, d.attname, 'setting', t.nspname, t.relname, 'comment on constraint ' || o.conname, '{}'::text[],
    ARRAY[pg_catalog.format('COMMENT ON CONSTRAINT %I ON %s IS %L', o.conname, t.called, s.description)], 0
  FROM direct d JOIN pg_catalog.pg_constraint o ON o.oid = d.objid AND o.conrelid = d.relid AND o.contype <> 'n'
  JOIN tables t ON t.oid = d.relid
  JOIN pg_catalog.pg_description s ON s.classoid = d.classid AND s.objoid = d.objid
  WHERE d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
  UNION ALL
  SELECT a.attrelid, a.attname, 'setting', t.nspname, t.relname, 'settings of column ' || a.attname, '{}',
    ARRAY(SELECT pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I SET (%s)', t.called, a.attname, o)
          FROM pg_catalog.unnest(a.attoptions) o WHERE o LIKE 'n\_distinct%' ORDER BY o)
    || CASE WHEN a.attcompression = '' THEN '{}'::text[] ELSE ARRAY[pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I SET COMPRESSION %s',
      t.called, a.attname, CASE a.attcompression WHEN 'l' THEN 'lz4' ELSE 'pglz' END)] END, 0
  FROM pg_catalog.pg_attribute a JOIN tables t ON t.oid = a.attrelid
  WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped AND (a.attoptions IS NOT NULL OR a.attcompression <> '')
  UNION ALL -- a session keeps the types of NEW's fields in the plans of a function until the function changes
  SELECT DISTINCT a.attrelid, a.attname, CASE WHEN pg_catalog.pg_has_role(f.proowner, 'MEMBER') THEN 'function' ELSE 'other' END,
    t.nspname, t.relname, 'function ' || f.oid::pg_catalog.regprocedure || CASE WHEN pg_catalog.pg_has_role(f.proowner, 'MEMBER')
      THEN '' ELSE ', which this role may not alter,' END, '{}'::text[],
    ARRAY[pg_catalog.format('ALTER FUNCTION %s COST %s', f.oid::pg_catalog.regprocedure, f.procost)], 0
  FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_proc f ON f.oid = g.tgfoid
  JOIN pg_catalog.pg_language l ON l.oid = f.prolang AND l.lanname NOT IN ('c', 'internal', 'sql')
  JOIN pg_catalog.pg_attribute a ON a.attrelid = g.tgrelid AND a.attnum > 0 AND NOT a.attisdropped
    AND pg_catalog.strpos(pg_catalog.lower(f.prosrc), pg_catalog.lower(a.attname)) > 0
  JOIN tables t ON t.oid = g.tgrelid
  WHERE g.tgrelid = ANY ($1::oid[]) AND NOT g.tgisinternal AND g.tgname !~ '^[!~_ ]*afloat_'
  UNION ALL -- PostgreSQL 18: the name of the NOT NULL
  SELECT o.conrelid, a.attname, 'not null', t.nspname, t.relname, o.conname, '{}', '{}', 0
  FROM pg_catalog.pg_constraint o JOIN tables t ON t.oid = o.conrelid
  JOIN pg_catalog.pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = o.conkey[1]
  WHERE o.conrelid = ANY ($1::oid[]) AND o.contype = 'n'
  UNION ALL
  SELECT d.relid, d.attname,
    CASE WHEN d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid = 0 THEN 'index'
      WHEN o.conrelid = d.relid THEN 'constraint' WHEN o.contype = 'f' THEN 'foreign key' ELSE 'other' END,
    t.nspname, t.relname,
    CASE WHEN x.relkind IN ('i', 'I') THEN 'index ' || x.relname -- without its schema, on any search_path
      ELSE pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) END
      || CASE WHEN d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass OR d.objsubid > 0 THEN ' (a generated column)'
           ELSE '' END, '{}',
    ARRAY[CASE WHEN o.oid IS NOT NULL THEN pg_catalog.pg_get_constraintdef(o.oid)
      WHEN x.relkind IN ('i', 'I') THEN pg_catalog.pg_get_indexdef(d.objid) ELSE '' END], 0
  FROM direct d JOIN tables t ON t.oid = d.relid
  LEFT JOIN pg_catalog.pg_constraint o ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND o.oid = d.objid
  LEFT JOIN pg_catalog.pg_class x ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND x.oid = d.objid
  LEFT JOIN pg_catalog.pg_rewrite w ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND w.oid = d.objid
  LEFT JOIN pg_catalog.pg_trigger g ON d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND g.oid = d.objid
  LEFT JOIN pg_catalog.pg_attrdef f ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND f.oid = d.objid
  WHERE d.classid NOT IN ('pg_catalog.pg_policy'::pg_catalog.regclass, 'pg_catalog.pg_publication_rel'::pg_catalog.regclass,
      'pg_catalog.pg_statistic_ext'::pg_catalog.regclass)
    AND (o.oid IS NULL OR o.contype <> 'n' AND (o.conrelid = d.relid OR o.conparentid = 0)) AND coalesce(o.conname !~ '^_*afloat_', true)
    AND coalesce(x.relkind IN ('i', 'I') AND x.relname !~ '^_*afloat_' OR d.objsubid > 0, true)
    AND (w.oid IS NULL OR w.rulename <> '_RETURN') AND (g.oid IS NULL)
    AND (f.oid IS NULL OR f.adrelid <> d.relid OR f.adnum <> d.attnum)
  UNION ALL -- by name, because a partition may number its columns in another way
  SELECT DISTINCT r.oid, a.attname, 'partition key', t.nspname, t.relname,
    pg_catalog.format('partition key of %s (%s)', t.called, pg_catalog.pg_get_partkeydef(k.partrelid)), '{}'::text[],
    ARRAY[pg_catalog.pg_get_partkeydef(k.partrelid)], 0
  FROM pg_catalog.unnest($1::oid[]) AS r(oid)
  CROSS JOIN LATERAL pg_catalog.pg_partition_tree(r.oid) tree
  JOIN pg_catalog.pg_partitioned_table k ON k.partrelid = tree.relid
  JOIN tables t ON t.oid = k.partrelid
  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = k.partrelid
    AND d.objsubid > 0 AND d.refclassid = d.classid AND d.refobjid = k.partrelid AND d.refobjsubid = 0
    AND d.deptype = 'i'
  JOIN pg_catalog.pg_attribute a ON a.attrelid = k.partrelid AND a.attnum = d.objsubid
)
SELECT relid, attname, kind, nspname, relname, words, pg_catalog.array_to_string(gone, E'\x1f'),
  pg_catalog.array_to_string(made, E'\x1f'), depth
FROM users
WHERE kind <> 'setting' OR pg_catalog.cardinality(made) > 0
ORDER BY relid, attname, depth, kind, words
