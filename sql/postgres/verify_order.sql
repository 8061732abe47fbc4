-- Triggers of others that fire where sync cannot follow: (subject, detail, next). Names sort by their bytes.
WITH fires AS (
  SELECT t.tgrelid AS tab, t.tgname::text COLLATE "C" AS name, t.tgtype & 20 AS events,
    CASE WHEN n.nspname <> 'afloat' THEN 'other' WHEN p.proname ~ '_sync_(insert|update)$' THEN 'first'
      WHEN p.proname ~ '_last_(insert|update)$' THEN 'last' ELSE 'own' END AS part
  FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  -- For each row, before, INSERT or UPDATE; one that a partition has from its parent is told with the parent.
  WHERE t.tgtype & 3 = 3 AND t.tgtype & 20 <> 0 AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgparentid = 0),
found AS (
  SELECT DISTINCT o.tab, o.name, o.name < f.name AS early,
    EXISTS (SELECT FROM fires l WHERE l.tab = o.tab AND l.part = 'last' AND l.events & o.events & f.events <> 0) AS has_last
  FROM fires o JOIN fires f ON f.tab = o.tab AND f.part = 'first' AND f.events & o.events <> 0
  WHERE o.part = 'other' AND o.name !~ '^[!~_ ]*afloat_'
    AND (o.name < f.name OR NOT EXISTS (SELECT FROM fires l WHERE l.tab = o.tab AND l.part = 'last'
      AND l.events & o.events & f.events <> 0 AND l.name > o.name)))
SELECT pg_catalog.format('trigger %I on %s', name, tab::pg_catalog.regclass),
  CASE WHEN early THEN 'it fires before sync: it sees the two shapes out of step'
    ELSE 'it fires behind the last sync: what it assigns does not reach the other shape' END,
  CASE WHEN early OR has_last THEN pg_catalog.format('ALTER TRIGGER %I ON %s RENAME TO …: a name that begins with a letter', name,
      tab::pg_catalog.regclass)
    ELSE 'if it assigns to a column of the window: `afloat abort` and `afloat expand` again make sync fire behind it' END
FROM found ORDER BY 1, 2
