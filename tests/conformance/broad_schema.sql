-- Every kind of object and every property that a schema of PostgreSQL 14 to 18 can have, in one script that a superuser
-- runs in an empty database. Lines with "--@15 " are for that version and later. Text that is compared after
-- `schema show` made it again; see round_trip_test.cpp.
CREATE SCHEMA wide;
CREATE SCHEMA "Odd ""one""";
COMMENT ON SCHEMA wide IS 'all of it, isn''t it';
GRANT USAGE ON SCHEMA wide TO app;
CREATE EXTENSION citext SCHEMA wide;
CREATE FUNCTION wide.handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE FUNCTION wide.inline(internal) RETURNS void STRICT LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_inline_handler';
CREATE FUNCTION wide.validator(oid) RETURNS void STRICT LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_validator';
CREATE TRUSTED LANGUAGE plother HANDLER wide.handler INLINE wide.inline VALIDATOR wide.validator;
CREATE LANGUAGE plbare HANDLER wide.handler;
COMMENT ON LANGUAGE plother IS 'another name';
REVOKE USAGE ON LANGUAGE plother FROM PUBLIC;
GRANT USAGE ON LANGUAGE plother TO app;
ALTER LANGUAGE plother OWNER TO migrator;
CREATE ACCESS METHOD heap_too TYPE TABLE HANDLER heap_tableam_handler;
CREATE ACCESS METHOD tree_too TYPE INDEX HANDLER bthandler;
COMMENT ON ACCESS METHOD heap_too IS 'the same';

-- Types, and what they need
CREATE COLLATION wide.german (provider = icu, locale = 'de', deterministic = false);
CREATE COLLATION wide.two (lc_collate = 'C', lc_ctype = 'POSIX');
CREATE TYPE wide.mood AS ENUM ('so, so', 'it''s good', 'bad');
CREATE TYPE wide.empty_enum AS ENUM ();
CREATE TYPE wide.address AS (street text COLLATE "C", city varchar(40), "Zip Code" numeric(8, 2)[]);
COMMENT ON COLUMN wide.address.city IS 'where, and IS it';
CREATE TYPE wide.nothing AS ();
CREATE DOMAIN wide.positive AS integer CONSTRAINT over_zero CHECK (VALUE > 0);
ALTER DOMAIN wide.positive ADD CONSTRAINT small CHECK (VALUE < 1000 AND 'x' <> ', ') NOT VALID;
COMMENT ON CONSTRAINT small ON DOMAIN wide.positive IS 'not, yet';
CREATE DOMAIN wide.named AS text COLLATE "C" DEFAULT 'x''y' NOT NULL;
COMMENT ON DOMAIN wide.named IS 'a name';
GRANT USAGE ON TYPE wide.named TO app;
REVOKE USAGE ON TYPE wide.mood FROM PUBLIC;
CREATE TYPE wide.waits;
CREATE TYPE wide.span;
CREATE FUNCTION wide.whole(wide.span) RETURNS wide.span LANGUAGE internal IMMUTABLE STRICT AS 'int4range_canonical';
CREATE FUNCTION wide.distance(integer, integer) RETURNS double precision LANGUAGE sql IMMUTABLE RETURN $1 - $2;
CREATE TYPE wide.span AS RANGE (subtype = integer, canonical = wide.whole, subtype_diff = wide.distance, multirange_type_name = wide.spans);
CREATE TYPE wide.letters AS RANGE (subtype = text, subtype_opclass = text_pattern_ops, collation = "C");
CREATE TYPE wide.raw;
CREATE FUNCTION wide.raw_in(cstring) RETURNS wide.raw LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION wide.raw_out(wide.raw) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE FUNCTION wide.raw_receive(internal) RETURNS wide.raw LANGUAGE internal STABLE STRICT AS 'textrecv';
CREATE FUNCTION wide.raw_send(wide.raw) RETURNS bytea LANGUAGE internal STABLE STRICT AS 'textsend';
CREATE FUNCTION wide.raw_typmod_in(cstring[]) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'varchartypmodin';
CREATE FUNCTION wide.raw_typmod_out(integer) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'varchartypmodout';
CREATE TYPE wide.raw (INPUT = wide.raw_in, OUTPUT = wide.raw_out, RECEIVE = wide.raw_receive, SEND = wide.raw_send,
  TYPMOD_IN = wide.raw_typmod_in, TYPMOD_OUT = wide.raw_typmod_out, INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended,
  CATEGORY = 'S', PREFERRED = false, DEFAULT = 'it''s', DELIMITER = ';', COLLATABLE = true);
CREATE TYPE wide.number;
CREATE FUNCTION wide.number_in(cstring) RETURNS wide.number LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION wide.number_out(wide.number) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE wide.number (INPUT = wide.number_in, OUTPUT = wide.number_out, INTERNALLENGTH = 4, PASSEDBYVALUE, ALIGNMENT = int4, ELEMENT = integer, SUBSCRIPT = raw_array_subscript_handler);

-- Functions, operators and what is made of them
CREATE FUNCTION wide.compare(wide.number, wide.number) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'btint4cmp';
CREATE FUNCTION wide.less(wide.number, wide.number) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4lt';
CREATE FUNCTION wide.same(wide.number, wide.number) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4eq';
CREATE FUNCTION wide.other(wide.number, wide.number) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4ne';
CREATE FUNCTION wide.more(wide.number, wide.number) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4gt';
CREATE FUNCTION wide.hash(wide.number) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'hashint4';
CREATE FUNCTION wide.hash_more(wide.number, bigint) RETURNS bigint LANGUAGE internal IMMUTABLE STRICT AS 'hashint4extended';
CREATE FUNCTION wide.minus(wide.number) RETURNS wide.number LANGUAGE internal IMMUTABLE STRICT AS 'int4um';
CREATE FUNCTION wide.with_int(wide.number, integer) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4lt';
CREATE OPERATOR wide.= (FUNCTION = wide.same, LEFTARG = wide.number, RIGHTARG = wide.number, COMMUTATOR = OPERATOR(wide.=), NEGATOR = OPERATOR(wide.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
CREATE OPERATOR wide.<> (FUNCTION = wide.other, LEFTARG = wide.number, RIGHTARG = wide.number, COMMUTATOR = OPERATOR(wide.<>), NEGATOR = OPERATOR(wide.=), RESTRICT = neqsel);
CREATE OPERATOR wide.< (FUNCTION = wide.less, LEFTARG = wide.number, RIGHTARG = wide.number, COMMUTATOR = OPERATOR(wide.>));
CREATE OPERATOR wide.> (FUNCTION = wide.more, LEFTARG = wide.number, RIGHTARG = wide.number, COMMUTATOR = OPERATOR(wide.<));
CREATE OPERATOR wide.- (FUNCTION = wide.minus, RIGHTARG = wide.number);
CREATE OPERATOR wide.<# (FUNCTION = wide.with_int, LEFTARG = wide.number, RIGHTARG = integer);
COMMENT ON OPERATOR wide.- (NONE, wide.number) IS 'negated';
ALTER OPERATOR wide.- (NONE, wide.number) OWNER TO migrator;
CREATE OPERATOR FAMILY wide.loose USING btree;
CREATE OPERATOR CLASS wide.numbers DEFAULT FOR TYPE wide.number USING btree FAMILY wide.loose AS OPERATOR 1 wide.<, OPERATOR 3 wide.=, OPERATOR 5 wide.>, FUNCTION 1 wide.compare(wide.number, wide.number);
ALTER OPERATOR FAMILY wide.loose USING btree ADD OPERATOR 1 wide.<# (wide.number, integer);
CREATE OPERATOR CLASS wide.hashes DEFAULT FOR TYPE wide.number USING hash AS OPERATOR 1 wide.=, FUNCTION 1 wide.hash(wide.number), FUNCTION 2 wide.hash_more(wide.number, bigint);
CREATE OPERATOR CLASS wide.tree FOR TYPE integer USING tree_too AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(integer, integer);
CREATE OPERATOR CLASS wide.boxes FOR TYPE point USING gist AS OPERATOR 11 >^ (point, point), OPERATOR 15 <-> (point, point) FOR ORDER BY float_ops, FUNCTION 1 gist_point_consistent(internal, point, smallint, oid, internal),
  FUNCTION 2 gist_box_union(internal, internal), FUNCTION 3 gist_point_compress(internal), FUNCTION 5 gist_box_penalty(internal, internal, internal), FUNCTION 6 gist_box_picksplit(internal, internal),
  FUNCTION 7 gist_box_same(box, box, internal), FUNCTION 8 gist_point_distance(internal, point, smallint, oid, internal), STORAGE box;
COMMENT ON OPERATOR FAMILY wide.loose USING btree IS 'has one more';
COMMENT ON OPERATOR CLASS wide.numbers USING btree IS 'in order';
ALTER OPERATOR CLASS wide.numbers USING btree OWNER TO migrator;
ALTER OPERATOR FAMILY wide.loose USING btree OWNER TO migrator;
CREATE FUNCTION wide.text_of(wide.address) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1.city';
CREATE CAST (wide.address AS text) WITH FUNCTION wide.text_of(wide.address) AS ASSIGNMENT;
CREATE CAST (wide.number AS integer) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (wide.mood AS wide.raw) WITH INOUT;
COMMENT ON CAST (wide.number AS integer) IS 'the same bits';
CREATE FUNCTION wide.from_sql(internal) RETURNS internal LANGUAGE internal IMMUTABLE STRICT AS 'prsd_lextype';
CREATE FUNCTION wide.to_sql(internal) RETURNS wide.number LANGUAGE internal IMMUTABLE STRICT AS 'int4recv';
CREATE TRANSFORM FOR wide.number LANGUAGE plother (FROM SQL WITH FUNCTION wide.from_sql(internal), TO SQL WITH FUNCTION wide.to_sql(internal));
COMMENT ON TRANSFORM FOR wide.number LANGUAGE plother IS 'back and forth';
CREATE DEFAULT CONVERSION wide.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE CONVERSION wide.latin_back FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
COMMENT ON CONVERSION wide.latin IS 'west';
CREATE FUNCTION wide.half(n integer DEFAULT 2, OUT a integer, INOUT b text DEFAULT 'it''s', VARIADIC rest text[] DEFAULT '{}') LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE COST 7 SET search_path = wide, pg_temp AS $$ BEGIN a := n / 2; END $$;
CREATE FUNCTION wide.half(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE LEAKPROOF AS $$ SELECT n / 2 -- $function$ $$;
CREATE FUNCTION wide.many() RETURNS SETOF wide.address LANGUAGE sql ROWS 5 AS 'SELECT NULL::wide.address';
CREATE PROCEDURE wide.clean(INOUT done boolean) LANGUAGE plpgsql AS 'BEGIN COMMIT; END';
CREATE FUNCTION wide.first_row() RETURNS bigint WINDOW LANGUAGE internal AS 'window_row_number';
CREATE FUNCTION wide.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION wide.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';
COMMENT ON FUNCTION wide.half(bigint) IS 'of big ones';
COMMENT ON PROCEDURE wide.clean(boolean) IS 'tidy';
GRANT EXECUTE ON FUNCTION wide.half(bigint) TO app WITH GRANT OPTION;
REVOKE EXECUTE ON FUNCTION wide.half(bigint) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE wide.clean(boolean) TO app;
ALTER FUNCTION wide.half(bigint) OWNER TO migrator;
CREATE AGGREGATE wide.total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0', COMBINEFUNC = int4pl, PARALLEL = SAFE);
CREATE AGGREGATE wide.rows(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0', FINALFUNC = int8up, FINALFUNC_MODIFY = READ_WRITE, MSFUNC = int8inc, MINVFUNC = int8dec, MSTYPE = bigint, MINITCOND = '0', MFINALFUNC = int8up, MFINALFUNC_MODIFY = SHAREABLE);
CREATE AGGREGATE wide.middle(double precision ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA, FINALFUNC_MODIFY = READ_ONLY);
CREATE AGGREGATE wide.place(VARIADIC "any" ORDER BY VARIADIC "any") (SFUNC = ordered_set_transition_multi, STYPE = internal, FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL);
CREATE FUNCTION wide.smaller(wide.number, wide.number) RETURNS wide.number LANGUAGE internal IMMUTABLE STRICT AS 'int4smaller';
CREATE AGGREGATE wide.least(wide.number) (SFUNC = wide.smaller, STYPE = wide.number, SORTOP = OPERATOR(wide.<));
COMMENT ON AGGREGATE wide.rows(*) IS 'all';
GRANT EXECUTE ON FUNCTION wide.total(integer) TO app;

-- Text search
CREATE TEXT SEARCH PARSER wide.parts (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
CREATE TEXT SEARCH TEMPLATE wide.plain (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY wide."odd, words" (TEMPLATE = wide.plain, STOPWORDS = english, accept = 'false');
CREATE TEXT SEARCH CONFIGURATION wide.search (PARSER = wide.parts);
ALTER TEXT SEARCH CONFIGURATION wide.search ADD MAPPING FOR asciiword, word WITH wide."odd, words", simple;
COMMENT ON TEXT SEARCH PARSER wide.parts IS 'p';
COMMENT ON TEXT SEARCH TEMPLATE wide.plain IS 't';
COMMENT ON TEXT SEARCH DICTIONARY wide."odd, words" IS 'd';
COMMENT ON TEXT SEARCH CONFIGURATION wide.search IS 'c';
ALTER TEXT SEARCH DICTIONARY wide."odd, words" OWNER TO migrator;

-- Foreign data
CREATE FOREIGN DATA WRAPPER checked VALIDATOR postgresql_fdw_validator;
CREATE FOREIGN DATA WRAPPER far OPTIONS (debug 'true');
COMMENT ON FOREIGN DATA WRAPPER far IS 'away';
CREATE SERVER faraway TYPE 'kind' VERSION '1.2' FOREIGN DATA WRAPPER far OPTIONS (host 'one', port '1');
COMMENT ON SERVER faraway IS 'a server';
GRANT USAGE ON FOREIGN SERVER faraway TO app;
GRANT USAGE ON FOREIGN DATA WRAPPER far TO migrator;
CREATE USER MAPPING FOR app SERVER faraway;
CREATE USER MAPPING FOR PUBLIC SERVER faraway;

-- Sequences and tables
CREATE SEQUENCE wide.numbers AS smallint INCREMENT BY -2 MINVALUE -100 MAXVALUE 50 START WITH 7 CACHE 3 CYCLE;
COMMENT ON SEQUENCE wide.numbers IS 'down';
GRANT USAGE ON SEQUENCE wide.numbers TO app;
--@15 CREATE UNLOGGED SEQUENCE wide.quick;
CREATE TABLE wide.customers (
  id bigint GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME wide.customer_numbers START 5 INCREMENT 2 MAXVALUE 5000 CACHE 4 CYCLE) PRIMARY KEY,
  email wide.citext NOT NULL,
  "Name, full" text COLLATE wide.german DEFAULT 'no, "one"' CHECK ("Name, full" <> ''),
  visits integer DEFAULT wide.half(4::bigint),
  doubled bigint GENERATED ALWAYS AS (wide.half(visits::bigint) * 2) STORED,
  mood wide.mood DEFAULT 'it''s good',
  home wide.address,
  amount numeric(12, 3)[],
  during wide.span,
  price wide.number,
  CONSTRAINT email_key UNIQUE (email) WITH (fillfactor = 70) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT "Visits ok" CHECK (visits >= 0) NO INHERIT) WITH (fillfactor = 80, autovacuum_enabled = false, toast.autovacuum_enabled = false);
ALTER TABLE wide.customers ALTER "Name, full" SET STORAGE EXTERNAL, ALTER visits SET STATISTICS 77, ALTER visits SET (n_distinct = 5, n_distinct_inherited = 6), ALTER home SET COMPRESSION pglz;
ALTER TABLE wide.customers ADD CONSTRAINT later CHECK (visits < 10000) NOT VALID;
--@15 ALTER TABLE wide.customers ADD CONSTRAINT one_mood UNIQUE NULLS NOT DISTINCT (mood, visits) INCLUDE (id);
COMMENT ON TABLE wide.customers IS E'two\nlines';
COMMENT ON COLUMN wide.customers."Name, full" IS 'a; b';
COMMENT ON CONSTRAINT email_key ON wide.customers IS 'k';
COMMENT ON INDEX wide.email_key IS 'fast';
GRANT SELECT, INSERT ON wide.customers TO app;
GRANT UPDATE (email, visits) ON wide.customers TO app WITH GRANT OPTION;
REVOKE DELETE ON wide.customers FROM migrator;
ALTER TABLE wide.customers OWNER TO migrator;
CREATE TABLE wide.orders (
  id serial,
  customer bigint CONSTRAINT orders_customer REFERENCES wide.customers ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE,
  room integer, during int4range, total money,
  PRIMARY KEY (id), CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&) WHERE (room > 0));
ALTER TABLE wide.orders ADD CONSTRAINT loose_customer FOREIGN KEY (customer) REFERENCES wide.customers NOT VALID;
CREATE UNIQUE INDEX orders_room ON wide.orders (room);
ALTER TABLE wide.orders REPLICA IDENTITY FULL;
CREATE TABLE wide.rooms (at integer REFERENCES wide.orders (room), beside integer, PRIMARY KEY (at));
ALTER TABLE wide.rooms ADD FOREIGN KEY (beside) REFERENCES wide.rooms, REPLICA IDENTITY NOTHING, CLUSTER ON rooms_pkey;
CREATE UNLOGGED TABLE wide.cache (key text NOT NULL, value jsonb) USING heap_too;
CREATE UNIQUE INDEX cache_key ON wide.cache (key);
ALTER TABLE wide.cache REPLICA IDENTITY USING INDEX cache_key;
CREATE TABLE "Odd ""one"""."Table ""x"" (y)" ("Column, 1" integer, "select" text);
CREATE TABLE wide.no_columns ();
CREATE TABLE wide.typed OF wide.address (city WITH OPTIONS DEFAULT 'Rome' NOT NULL, PRIMARY KEY (street));
CREATE FUNCTION wide.of_row(wide.orders) RETURNS integer LANGUAGE sql IMMUTABLE RETURN ($1).room;
CREATE TABLE wide.uses_row (o wide.orders, n integer, CHECK (wide.of_row(o) > 0));

-- Partitions and inheritance
CREATE TABLE wide.events (at date NOT NULL, what text DEFAULT 'none', n integer, PRIMARY KEY (at, what)) PARTITION BY RANGE (at);
CREATE TABLE wide.events_2024 PARTITION OF wide.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (what);
CREATE TABLE wide.events_2024_a PARTITION OF wide.events_2024 (n DEFAULT 5 CHECK (n > 0)) FOR VALUES IN ('a', 'it''s');
CREATE TABLE wide.events_2024_rest PARTITION OF wide.events_2024 DEFAULT;
CREATE TABLE wide.events_old (n integer, what text NOT NULL, at date NOT NULL, gone integer);
ALTER TABLE wide.events_old DROP gone;
ALTER TABLE wide.events ATTACH PARTITION wide.events_old FOR VALUES FROM (MINVALUE) TO ('2024-01-01');
CREATE INDEX by_n ON wide.events (n DESC);
CREATE INDEX only_parent ON ONLY wide.events (what);
CREATE INDEX attached_2024 ON wide.events_2024 (what);
ALTER INDEX wide.only_parent ATTACH PARTITION wide.attached_2024;
ALTER TABLE wide.events ADD FOREIGN KEY (n) REFERENCES wide.orders;
ALTER TABLE wide.events ADD CONSTRAINT short CHECK (length(what) < 100);
CREATE TABLE wide.hashed (id integer, x wide.number) PARTITION BY HASH (id, x);
CREATE TABLE wide.hashed_0 PARTITION OF wide.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE wide.ancestor (id integer PRIMARY KEY, name text DEFAULT 'a', CONSTRAINT named CHECK (name <> ''));
CREATE TABLE wide.child (more text) INHERITS (wide.ancestor);
CREATE TABLE wide.grandchild (name text DEFAULT 'g', most text) INHERITS (wide.child);
ALTER TABLE wide.child ALTER name DROP DEFAULT, ALTER id SET STATISTICS 9;
ALTER TABLE wide.ancestor ADD late integer DEFAULT 1;
ALTER TABLE wide.child ADD later integer;
ALTER TABLE wide.grandchild ALTER late SET DEFAULT 2, ADD CONSTRAINT named CHECK (name <> '');
CREATE TABLE wide.adopted (more text, name text, id integer NOT NULL, late integer, CONSTRAINT named CHECK (name <> ''));
ALTER TABLE wide.adopted INHERIT wide.ancestor;
CREATE TABLE wide.both (CHECK (id > 5) NO INHERIT) INHERITS (wide.ancestor, wide.rooms);
CREATE FOREIGN TABLE wide.remote (id integer OPTIONS (name 'nr') NOT NULL, what text DEFAULT 'x', CONSTRAINT over CHECK (id > 0)) SERVER faraway OPTIONS (of 'them, ''all''');
CREATE FOREIGN TABLE wide.events_far PARTITION OF wide.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1) SERVER faraway;
COMMENT ON FOREIGN TABLE wide.remote IS 'far';

-- Indexes
CREATE INDEX by_name ON wide.customers USING btree (lower("Name, full") COLLATE "C" text_pattern_ops DESC NULLS LAST, visits) INCLUDE (mood) WITH (fillfactor = 50) WHERE visits > 0 AND "Name, full" <> ', ';
CREATE INDEX by_price ON wide.customers (price);
CREATE INDEX by_hash ON wide.customers USING hash (price);
CREATE INDEX by_brin ON wide.customers USING brin (visits) WITH (pages_per_range = 4);
ALTER INDEX wide.by_name ALTER COLUMN 1 SET STATISTICS 33;
COMMENT ON INDEX wide.by_name IS 'i';
ALTER TABLE wide.customers CLUSTER ON by_price;

-- Views, rules, triggers, policies
CREATE VIEW wide.visitors (number, called) WITH (security_barrier = true, check_option = local) AS SELECT id, "Name, full" FROM wide.customers WHERE visits > 0;
ALTER VIEW wide.visitors ALTER called SET DEFAULT 'v';
COMMENT ON VIEW wide.visitors IS 'v';
COMMENT ON COLUMN wide.visitors.called IS 'c';
GRANT SELECT ON wide.visitors TO app;
GRANT SELECT (number) ON wide.visitors TO PUBLIC;
CREATE VIEW wide.b_under AS SELECT 1 AS one;
CREATE VIEW wide.a_over AS SELECT v.*, (SELECT count(*) FROM wide.b_under) FROM wide.visitors v;
CREATE VIEW wide.grouped AS SELECT id, email, max(wide.half(visits::bigint)) FROM wide.customers GROUP BY id;
CREATE VIEW wide.ordered AS SELECT price FROM wide.customers ORDER BY price USING OPERATOR(wide.<);
CREATE VIEW wide.counted AS WITH RECURSIVE c (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM c WHERE n < 9) SELECT n FROM c;
--@15 CREATE VIEW wide.as_invoker WITH (security_invoker = true) AS SELECT 1 AS one;
CREATE FUNCTION wide.of_view(wide.visitors) RETURNS text LANGUAGE sql AS 'SELECT $1.called';
CREATE MATERIALIZED VIEW wide.counts USING heap_too WITH (fillfactor = 90) AS SELECT visits, count(*) AS n FROM wide.customers GROUP BY visits;
CREATE MATERIALIZED VIEW wide.empty AS SELECT n FROM wide.counts WITH NO DATA;
CREATE UNIQUE INDEX on_counts ON wide.counts (visits);
ALTER MATERIALIZED VIEW wide.counts ALTER visits SET STATISTICS 5;
COMMENT ON MATERIALIZED VIEW wide.counts IS 'm';
CREATE STATISTICS wide.together (ndistinct, mcv) ON visits, mood, (visits + 1) FROM wide.customers;
ALTER STATISTICS wide.together SET STATISTICS 400;
COMMENT ON STATISTICS wide.together IS 's';
CREATE RULE quiet AS ON DELETE TO wide.orders WHERE old.room > 3 DO ALSO (INSERT INTO wide.rooms VALUES (old.room); DELETE FROM wide.rooms WHERE at = old.room);
CREATE RULE through AS ON INSERT TO wide.visitors DO INSTEAD INSERT INTO wide.orders (room) VALUES (new.number);
ALTER TABLE wide.orders DISABLE RULE quiet;
COMMENT ON RULE quiet ON wide.orders IS 'r';
CREATE TRIGGER touch BEFORE UPDATE OF email, visits ON wide.customers FOR EACH ROW WHEN (old.email IS DISTINCT FROM new.email) EXECUTE FUNCTION wide.touch('a', 'it''s');
CREATE CONSTRAINT TRIGGER checked AFTER INSERT ON wide.orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wide.touch();
CREATE TRIGGER seen AFTER UPDATE ON wide.orders REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION wide.touch();
CREATE TRIGGER instead INSTEAD OF UPDATE ON wide.visitors FOR EACH ROW EXECUTE FUNCTION wide.touch();
CREATE TRIGGER parted AFTER INSERT ON wide.events FOR EACH ROW EXECUTE FUNCTION wide.touch();
ALTER TABLE wide.customers ENABLE ALWAYS TRIGGER touch;
ALTER TABLE wide.orders DISABLE TRIGGER seen;
ALTER TABLE wide.events_2024_a ENABLE REPLICA TRIGGER parted;
COMMENT ON TRIGGER touch ON wide.customers IS 't';
ALTER TABLE wide.customers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON wide.customers AS RESTRICTIVE FOR UPDATE TO app, migrator USING (email = current_user::wide.citext) WITH CHECK (visits > 0);
CREATE POLICY all_of_them ON wide.customers USING (EXISTS (SELECT FROM wide.orders o WHERE o.customer = id));
COMMENT ON POLICY own ON wide.customers IS 'p';

-- Of the whole database
CREATE EVENT TRIGGER watcher ON ddl_command_end WHEN TAG IN ('CREATE SERVER', 'DROP TABLE') EXECUTE FUNCTION wide.watch();
CREATE EVENT TRIGGER refuser ON ddl_command_start EXECUTE FUNCTION wide.watch();
ALTER EVENT TRIGGER watcher ENABLE ALWAYS;
ALTER EVENT TRIGGER refuser DISABLE;
COMMENT ON EVENT TRIGGER refuser IS 'asleep';
CREATE PUBLICATION feed FOR TABLE wide.orders, ONLY wide.ancestor, wide.events WITH (publish = 'insert, update', publish_via_partition_root = true);
CREATE PUBLICATION everything FOR ALL TABLES;
CREATE PUBLICATION nothing WITH (publish = '');
--@15 CREATE PUBLICATION a_few FOR TABLE wide.rooms (at, beside) WHERE (at > 5 AND beside < 7), wide.no_columns;
--@15 CREATE PUBLICATION of_schema FOR TABLES IN SCHEMA wide;
COMMENT ON PUBLICATION feed IS 'f';
ALTER PUBLICATION feed OWNER TO postgres;
CREATE SUBSCRIPTION listen CONNECTION 'dbname=nowhere password=hush' PUBLICATION feed, everything WITH (connect = false, slot_name = NONE, binary = true, synchronous_commit = 'local');
COMMENT ON SUBSCRIPTION listen IS 's';
ALTER DEFAULT PRIVILEGES FOR ROLE migrator IN SCHEMA wide GRANT SELECT ON TABLES TO app WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE migrator REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT SELECT ON TABLES TO app;
