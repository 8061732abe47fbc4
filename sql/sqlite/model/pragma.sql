SELECT '' AS "table", 'application_id' AS "name", nullif(application_id, 0) AS "value" FROM pragma_application_id
UNION ALL SELECT '', 'user_version', nullif(user_version, 0) FROM pragma_user_version
UNION ALL SELECT '', 'encoding', nullif(encoding, 'UTF-8') FROM pragma_encoding
UNION ALL SELECT '', 'auto_vacuum', nullif(auto_vacuum, 0) FROM pragma_auto_vacuum
