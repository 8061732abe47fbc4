SELECT '' AS "table", pg_catalog.quote_ident(f.fdwname) AS "name",
  CASE WHEN f.fdwhandler <> 0 THEN f.fdwhandler::pg_catalog.regproc::text END AS "handler",
  CASE WHEN f.fdwvalidator <> 0 THEN f.fdwvalidator::pg_catalog.regproc::text END AS "validator",
  {options f.fdwoptions} AS "options", {rights f.fdwacl f.fdwowner F}, {notes f.oid pg_foreign_data_wrapper}
FROM pg_catalog.pg_foreign_data_wrapper f
WHERE {mine f.oid pg_foreign_data_wrapper}
