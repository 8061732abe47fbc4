CREATE SCHEMA shop;
CREATE TYPE shop.mood AS ENUM ('good', 'bad');
CREATE DOMAIN shop.zip AS text DEFAULT '0' CONSTRAINT zip_check CHECK (VALUE <> '');
CREATE TYPE shop.address AS (street text, city varchar(40));
CREATE TYPE shop.span AS RANGE (subtype = double precision);
CREATE SEQUENCE shop.numbers START 10;
CREATE COLLATION shop.german (provider = icu, locale = 'de');
CREATE FUNCTION shop.half(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT n / 2';
CREATE FUNCTION shop.half(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT n / 2';
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION shop.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE PROCEDURE shop.clean() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE shop.total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
CREATE FUNCTION shop.same(shop.address, shop.address) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR shop.=== (FUNCTION = shop.same, LEFTARG = shop.address, RIGHTARG = shop.address);
CREATE FUNCTION shop.as_text(shop.address) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''x''';
CREATE CAST (shop.address AS text) WITH FUNCTION shop.as_text(shop.address);
CREATE OPERATOR FAMILY shop.family USING btree;
CREATE OPERATOR CLASS shop.backwards FOR TYPE integer USING btree FAMILY shop.family AS OPERATOR 1 >, FUNCTION 1 btint4cmp(integer, integer);
CREATE TEXT SEARCH DICTIONARY shop.words (TEMPLATE = simple, STOPWORDS = english);
CREATE TEXT SEARCH CONFIGURATION shop.search (PARSER = default);
ALTER TEXT SEARCH CONFIGURATION shop.search ADD MAPPING FOR asciiword WITH shop.words;
CREATE TABLE shop.customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email varchar(80) NOT NULL,
  name text COLLATE "C" DEFAULT 'none',
  visits integer DEFAULT 0,
  doubled integer GENERATED ALWAYS AS (visits * 2) STORED,
  mood shop.mood,
  CONSTRAINT email_key UNIQUE (email),
  CONSTRAINT visits_check CHECK (visits >= 0));
CREATE TABLE shop.orders (
  id serial PRIMARY KEY,
  customer bigint CONSTRAINT orders_customer REFERENCES shop.customers (id),
  during int4range,
  EXCLUDE USING gist (during WITH &&));
CREATE INDEX by_name ON shop.customers (lower(name), visits DESC) WHERE visits > 0;
CREATE INDEX by_customer ON shop.orders (customer);
CREATE TABLE shop.events (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE shop.events_2024 PARTITION OF shop.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX by_day ON shop.events (at);
CREATE TABLE shop.parent (id integer);
CREATE TABLE shop.child (more text) INHERITS (shop.parent);
CREATE VIEW shop.visitors AS SELECT id, name FROM shop.customers WHERE visits > 0;
CREATE VIEW shop.buyers AS SELECT c.name, o.id FROM shop.customers c JOIN shop.orders o ON o.customer = c.id;
CREATE MATERIALIZED VIEW shop.counts AS SELECT visits, count(*) AS n FROM shop.customers GROUP BY visits;
CREATE INDEX on_counts ON shop.counts (visits);
CREATE STATISTICS shop.both (ndistinct) ON name, visits FROM shop.customers;
CREATE RULE quiet AS ON DELETE TO shop.parent DO INSTEAD NOTHING;
CREATE TRIGGER touch BEFORE UPDATE ON shop.customers FOR EACH ROW EXECUTE FUNCTION shop.touch();
CREATE POLICY own ON shop.customers FOR SELECT USING (name = current_user);
CREATE EVENT TRIGGER watcher ON ddl_command_end EXECUTE FUNCTION shop.watch();
CREATE FOREIGN DATA WRAPPER far OPTIONS (debug 'true');
CREATE SERVER faraway TYPE 'x' FOREIGN DATA WRAPPER far OPTIONS (host 'one');
CREATE FOREIGN TABLE shop.remote (id integer OPTIONS (name 'nr')) SERVER faraway OPTIONS (of 'them');
CREATE PUBLICATION feed FOR TABLE shop.orders;
CREATE SUBSCRIPTION listen CONNECTION 'dbname=nowhere password=hush' PUBLICATION feed WITH (connect = false, slot_name = NONE, streaming = off);
