-- Without its options: they hold passwords, and not everybody may see them.
SELECT '' AS "table", pg_catalog.format('FOR %s SERVER %I', CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(m.usename)
  END, m.srvname) AS "name"
FROM pg_catalog.pg_user_mappings m
WHERE {mine m.umid pg_user_mapping}
