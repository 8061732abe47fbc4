
-- Widens the lists of UPDATE OF by the new side, or makes them what they were: see user_triggers.cpp. CREATE OR REPLACE
-- keeps the trigger and its comment, but not whether it is enabled, and it cannot do constraint triggers.
DECLARE
  afloat_one record;
  afloat_silent constant text :=
    '(current_setting(''afloat.backfill''::text, true) IS DISTINCT FROM ''on''::text)'; -- as the server writes it
  afloat_made text;
  afloat_at integer;
BEGIN
  FOR afloat_one IN
    SELECT t.tgname, t.tgenabled, t.tgqual IS NOT NULL AS has_when, t.tgconstraint <> 0 AS is_constraint,
      pg_catalog.pg_get_triggerdef(t.oid) AS made, list.whole, list.rest,
      (SELECT pg_catalog.format('COMMENT ON TRIGGER %I ON %s IS %L', t.tgname, {table}, d.description)
       FROM pg_catalog.pg_description d
       WHERE d.objoid = t.oid AND d.classoid = 'pg_catalog.pg_trigger'::pg_catalog.regclass) AS words
    FROM pg_catalog.pg_trigger t CROSS JOIN LATERAL (
      SELECT pg_catalog.array_agg(a.attname::text) AS names,
        pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY k.place) AS whole,
        pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY k.place)
          FILTER (WHERE a.attname <> ALL ({new})) AS rest
      FROM pg_catalog.unnest(t.tgattr::smallint[]) WITH ORDINALITY AS k(number, place)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = k.number) AS list
    WHERE t.tgrelid = pg_catalog.to_regclass({table}) AND NOT t.tgisinternal AND t.tgname !~ '^[!~_ ]*afloat_'
      AND CASE WHEN {widen} THEN list.names && {old} AND NOT list.names && {new}
        ELSE list.names && {new} AND list.rest IS NOT NULL
          AND pg_catalog.strpos(pg_catalog.pg_get_triggerdef(t.oid), afloat_silent) > 0 END
    ORDER BY t.tgname
  LOOP
    -- The list, which stands behind the trigger's name, then the condition.
    afloat_made := afloat_one.made;
    afloat_at := pg_catalog.strpos(afloat_made, pg_catalog.quote_ident(afloat_one.tgname))
      + pg_catalog.length(pg_catalog.quote_ident(afloat_one.tgname));
    afloat_at := afloat_at + 10
      + pg_catalog.strpos(pg_catalog.substr(afloat_made, afloat_at), ' UPDATE OF ' || afloat_one.whole);
    afloat_made := pg_catalog.overlay(afloat_made,
      CASE WHEN {widen} THEN afloat_one.whole || ', ' || {added} ELSE afloat_one.rest END,
      afloat_at, pg_catalog.length(afloat_one.whole));
    IF {widen} AND afloat_one.has_when THEN
      afloat_made := pg_catalog.regexp_replace(afloat_made, '( FOR EACH (ROW|STATEMENT) WHEN \()', '\1' || afloat_silent || ' AND ');
    ELSIF {widen} THEN
      afloat_made := pg_catalog.regexp_replace(afloat_made, '( FOR EACH (ROW|STATEMENT) )',
        '\1WHEN (' || afloat_silent || ') ');
    ELSIF pg_catalog.strpos(afloat_made, afloat_silent || ' AND') > 0 THEN
      afloat_made := pg_catalog.overlay(afloat_made, '',
        pg_catalog.strpos(afloat_made, afloat_silent || ' AND'), pg_catalog.length(afloat_silent) + 4);
    ELSE
      afloat_made := pg_catalog.replace(afloat_made, ' WHEN (' || afloat_silent || ')', '');
    END IF;
    IF afloat_one.is_constraint THEN
      EXECUTE pg_catalog.format('DROP TRIGGER %I ON %s', afloat_one.tgname, {table});
      EXECUTE afloat_made;
      IF afloat_one.words IS NOT NULL THEN
        EXECUTE afloat_one.words;
      END IF;
    ELSE
      EXECUTE pg_catalog.overlay(afloat_made, 'CREATE OR REPLACE', 1, 6);
    END IF;
    IF afloat_one.tgenabled <> 'O' THEN
      EXECUTE pg_catalog.format('ALTER TABLE %s %s TRIGGER %I', {table}, CASE afloat_one.tgenabled
        WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE REPLICA' END, afloat_one.tgname);
    END IF;
  END LOOP;
END
