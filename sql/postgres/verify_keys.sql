-- Foreign keys that the server does not vouch for: (constraint, table, parent, why, bytes to read, readable, count query, next).
SELECT f.name, f.tab::pg_catalog.regclass::text, f.parent::pg_catalog.regclass::text,
  CASE WHEN f.silent IS NOT NULL THEN 'its triggers on ' || f.silent || ' are disabled: it is not enforced' END,
  pg_catalog.pg_total_relation_size(f.tab) + CASE f.parent WHEN f.tab THEN 0 ELSE pg_catalog.pg_total_relation_size(f.parent) END
    + coalesce((SELECT pg_catalog.sum(pg_catalog.pg_total_relation_size(t.relid)) FROM pg_catalog.pg_partition_tree(f.tab) t
      WHERE t.relid <> f.tab AND t.isleaf), 0),
  pg_catalog.has_table_privilege(f.tab, 'SELECT') AND pg_catalog.has_table_privilege(f.parent, 'SELECT')
    AND pg_catalog.has_schema_privilege(f.place, 'USAGE') AND pg_catalog.has_schema_privilege(f.parent_place, 'USAGE'),
  pg_catalog.format('SELECT count(*) FROM %s%s c WHERE %s AND NOT EXISTS (SELECT FROM %s%s p WHERE %s)',
    CASE WHEN f.kind <> 'p' THEN 'ONLY ' END, f.tab::pg_catalog.regclass, f.filled,
    CASE WHEN f.parent_kind <> 'p' THEN 'ONLY ' END, f.parent::pg_catalog.regclass, f.same),
  CASE WHEN f.silent IS NOT NULL THEN 'ALTER TABLE ' || f.silent || ' ENABLE TRIGGER ALL' END
FROM (SELECT o.conname::text AS name, o.conrelid AS tab, o.confrelid AS parent, c.relkind AS kind, pc.relkind AS parent_kind,
        c.relnamespace AS place, pc.relnamespace AS parent_place, o.convalidated,
        (SELECT pg_catalog.min(t.tgrelid::pg_catalog.regclass::text) FROM pg_catalog.pg_trigger t
         WHERE t.tgconstraint = o.oid AND t.tgenabled IN ('D', 'R')) AS silent,
        (SELECT pg_catalog.string_agg(pg_catalog.format('p.%I OPERATOR(%I.%s) c.%I', pa.attname, opn.nspname, op.oprname, a.attname),
           ' AND ' ORDER BY k.place)
         FROM ROWS FROM (pg_catalog.unnest(o.conkey), pg_catalog.unnest(o.confkey), pg_catalog.unnest(o.conpfeqop))
           WITH ORDINALITY AS k(col, parent_col, operator, place)
         JOIN pg_catalog.pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.col
         JOIN pg_catalog.pg_attribute pa ON pa.attrelid = o.confrelid AND pa.attnum = k.parent_col
         JOIN pg_catalog.pg_operator op ON op.oid = k.operator JOIN pg_catalog.pg_namespace opn ON opn.oid = op.oprnamespace) AS same,
        (SELECT CASE o.confmatchtype WHEN 'f' THEN 'NOT (' || pg_catalog.string_agg(pg_catalog.format('c.%I IS NULL', a.attname),
             ' AND ' ORDER BY k.place) || ')'
           ELSE pg_catalog.string_agg(pg_catalog.format('c.%I IS NOT NULL', a.attname), ' AND ' ORDER BY k.place) END
         FROM pg_catalog.unnest(o.conkey) WITH ORDINALITY AS k(col, place)
         JOIN pg_catalog.pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.col) AS filled
      FROM pg_catalog.pg_constraint o JOIN pg_catalog.pg_class c ON c.oid = o.conrelid
      JOIN pg_catalog.pg_class pc ON pc.oid = o.confrelid
      -- 18: one that covers a time span has another meaning, and one that is NOT ENFORCED promises nothing.
      WHERE o.contype = 'f' AND o.conparentid = 0 AND coalesce(pg_catalog.to_jsonb(o) ->> 'conperiod', 'false') <> 'true'
        AND coalesce(pg_catalog.to_jsonb(o) ->> 'conenforced', 'true') <> 'false') f
WHERE NOT f.convalidated OR f.silent IS NOT NULL
ORDER BY 2, 1
