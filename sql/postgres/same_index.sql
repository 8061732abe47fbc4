i.indisvalid AND i.indisunique = above.indisunique
    AND pg_catalog.substring(pg_catalog.pg_get_indexdef(i.indexrelid), ' USING .*$')
      = pg_catalog.substring(pg_catalog.pg_get_indexdef(above.indexrelid), ' USING .*$')
    AND {unattached}
