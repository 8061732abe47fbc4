-- afloat:no-transaction
CREATE INDEX CONCURRENTLY i ON t (a);
VACUUM t;
