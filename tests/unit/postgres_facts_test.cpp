#include "dialect/sql_writer.hpp"
#include "support/text.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat {
namespace {
std::string initials(LockLevel level) {
  std::string letters;
  for (const std::string& word : split(name_of(level), ' ')) letters += word.substr(0, 1);
  return level == LockLevel::share_row_exclusive      ? "SRX"
         : level == LockLevel::row_exclusive          ? "RX"
         : level == LockLevel::access_exclusive       ? "AX"
         : level == LockLevel::exclusive              ? "X"
         : level == LockLevel::share_update_exclusive ? "SUX"
                                                      : letters;
}

/// All facts on one line: what; locks; what it does to rows and how it runs; the relations; why not.
std::string line(const std::string& sql) {
  const StatementFacts facts = make_sql_writer(Dialect::postgres, 0)->facts(sql);
  std::vector<std::string> parts{facts.what}, locks, relations;
  for (const TableLock& lock : facts.locks)
    locks.push_back(initials(lock.level) + " " + display(lock.relation));
  for (const RelationName& relation : facts.relations) relations.push_back(display(relation));
  if (!locks.empty()) parts.push_back(join(locks, ", "));
  if (facts.rewrites) parts.emplace_back("rewrites");
  if (facts.scans) parts.emplace_back("scans");
  if (facts.outside) parts.emplace_back("outside");
  if (facts.repeatable) parts.emplace_back("repeatable");
  if (!facts.done_when.empty()) parts.emplace_back("probed");
  for (const Statement& statement : facts.cleanup) parts.push_back("cleanup " + statement.sql);
  if (!relations.empty()) parts.push_back("of " + join(relations, ", "));
  if (!facts.refused.empty()) parts.push_back("refused: " + facts.refused);
  if (!facts.unknown.empty()) parts.push_back("unknown: " + facts.unknown);
  if (!facts.syntax_error.empty()) parts.push_back(fmt::format("{} @{}", facts.syntax_error, facts.offset));
  CHECK(facts.refused.empty() == facts.hint.empty());
  return join(parts, "; ");
}

struct Case {
  std::string sql, facts;
};
void check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    INFO(c.sql);
    CHECK(line(c.sql) == c.facts);
  }
}
} // namespace

TEST_CASE("facts of PostgreSQL statements on tables", "[facts]") {
  check({
      {R"q(CREATE TABLE users (id bigint PRIMARY KEY))q", R"q(CREATE TABLE users; of users)q"},
      {R"q(CREATE TABLE a.orders (user_id bigint REFERENCES users, parent bigint REFERENCES a.orders, FOREIGN KEY (user_id) REFERENCES "Odd Name"(id)))q",
       R"q(CREATE TABLE a.orders; SRX users, SRX Odd Name; of a.orders)q"},
      {R"q(CREATE TABLE copy (LIKE users INCLUDING ALL))q", R"q(CREATE TABLE copy; AS users; of copy)q"},
      {R"q(CREATE TABLE child () INHERITS (parent))q", R"q(CREATE TABLE child; SUX parent; of child)q"},
      {R"q(CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (2))q", R"q(CREATE TABLE p1; AX p; of p1)q"},
      {R"q(CREATE TABLE t AS SELECT * FROM a JOIN b USING (id))q", R"q(CREATE TABLE t; AS a, AS b; of t)q"},
      {R"q(SELECT * INTO t FROM a)q", R"q(SELECT INTO t; AS a; of t)q"},
      {R"q(CREATE MATERIALIZED VIEW m AS SELECT 1 FROM a)q", R"q(CREATE MATERIALIZED VIEW m; AS a; of m)q"},
      {R"q(CREATE VIEW v AS WITH w AS (SELECT * FROM a) SELECT * FROM w)q", R"q(CREATE VIEW v; AS a; of v)q"},
      {R"q(CREATE OR REPLACE VIEW v AS SELECT 1 AS one)q", R"q(CREATE VIEW v; AX v; of v)q"},
      {R"q(CREATE SEQUENCE s)q", R"q(CREATE SEQUENCE s; of s)q"},
      {R"q(ALTER SEQUENCE s OWNED BY a.t.c)q", R"q(ALTER SEQUENCE s; SRX s, AS a.t; of s)q"},
      {R"q(CREATE SCHEMA app CREATE TABLE app.t (i int))q", R"q(CREATE SCHEMA app; of app.t)q"},
      {R"q(DROP TABLE users, a.orders)q",
       R"q(DROP TABLE users, a.orders; AX users, AX a.orders; of users, a.orders)q"},
      {R"q(DROP INDEX users_idx)q", R"q(DROP INDEX users_idx; AX users_idx; of users_idx)q"},
      {R"q(DROP VIEW IF EXISTS v CASCADE)q", R"q(DROP VIEW v; AX v; of v)q"},
      {R"q(DROP TYPE mood)q", R"q(DROP TYPE mood)q"},
      {R"q(DROP TRIGGER tr ON a.t)q", R"q(DROP TRIGGER tr ON a.t; AX a.t; of a.t)q"},
      {R"q(DROP FUNCTION f(int))q", R"q(DROP FUNCTION f)q"},
      {R"q(DROP SCHEMA app CASCADE)q", R"q(DROP SCHEMA app)q"},
      {R"q(ALTER TABLE users RENAME TO people)q", R"q(ALTER TABLE users; AX users; of users, people)q"},
      {R"q(ALTER TABLE users RENAME COLUMN a TO b)q", R"q(ALTER TABLE users; AX users; of users)q"},
      {R"q(ALTER INDEX i RENAME TO j)q", R"q(ALTER INDEX i; SUX i; of i, j)q"},
      {R"q(ALTER VIEW v RENAME TO w)q", R"q(ALTER VIEW v; AX v; of v, w)q"},
      {R"q(ALTER TYPE addr RENAME ATTRIBUTE a TO b)q", R"q(ALTER TYPE addr)q"},
      {R"q(ALTER TRIGGER tr ON t RENAME TO tr2)q", R"q(ALTER TRIGGER tr ON t; AX t; of t)q"},
      {R"q(ALTER TABLE t SET SCHEMA app)q", R"q(ALTER TABLE t; AX t; of t, app.t)q"},
      {R"q(ALTER TYPE mood SET SCHEMA app)q", R"q(ALTER TYPE)q"},
      {R"q(CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f())q",
       R"q(CREATE TRIGGER tr ON t; SRX t; of t)q"},
      {R"q(CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING)q", R"q(CREATE RULE r ON t; AX t; of t)q"},
      {R"q(CREATE POLICY p ON t USING (true))q", R"q(CREATE POLICY p ON t; AX t; of t)q"},
      {R"q(ALTER POLICY p ON t USING (false))q", R"q(ALTER POLICY p ON t; AX t; of t)q"},
      {R"q(CREATE STATISTICS st ON a, b FROM t)q", R"q(CREATE STATISTICS; SUX t)q"},
      {R"q(COMMENT ON COLUMN a.t.c IS 'x')q", R"q(COMMENT ON COLUMN a.t.c; SUX a.t)q"},
      {R"q(COMMENT ON TABLE t IS 'x')q", R"q(COMMENT ON TABLE t; SUX t)q"},
      {R"q(COMMENT ON CONSTRAINT c ON t IS 'x')q", R"q(COMMENT ON CONSTRAINT t.c; AS t)q"},
      {R"q(COMMENT ON FUNCTION f(int) IS 'x')q", R"q(COMMENT ON FUNCTION f)q"},
      {R"q(CREATE TYPE mood AS ENUM ('a'))q", R"q(CREATE TYPE mood)q"},
      {R"q(ALTER TYPE mood ADD VALUE 'b')q", R"q(ALTER TYPE mood)q"},
      {R"q(ALTER DOMAIN d ADD CONSTRAINT c CHECK (value > 0))q", R"q(ALTER DOMAIN d; scans)q"},
      {R"q(ALTER DOMAIN d ADD CONSTRAINT c CHECK (value > 0) NOT VALID)q", R"q(ALTER DOMAIN d)q"},
      {R"q(GRANT SELECT ON t TO app)q", R"q(GRANT)q"},
      {R"q(CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1')q", R"q(CREATE FUNCTION f)q"},
  });
}

TEST_CASE("facts of PostgreSQL statements ALTER TABLE", "[facts]") {
  check({
      {R"q(ALTER TABLE t ADD COLUMN a int)q", R"q(ALTER TABLE t; AX t; of t)q"},
      {R"q(ALTER TABLE t ADD a timestamptz NOT NULL DEFAULT now())q", R"q(ALTER TABLE t; AX t; of t)q"},
      {R"q(ALTER TABLE t ADD a uuid DEFAULT gen_random_uuid())q",
       R"q(ALTER TABLE t; AX t; rewrites; scans; of t)q"},
      {R"q(ALTER TABLE t ADD a text DEFAULT md5(random()::text))q",
       R"q(ALTER TABLE t; AX t; rewrites; scans; of t)q"},
      {R"q(ALTER TABLE t ADD a int DEFAULT my.f())q", R"q(ALTER TABLE t; AX t; rewrites; scans; of t)q"},
      {R"q(ALTER TABLE t ADD a int NOT NULL)q", R"q(ALTER TABLE t; AX t; scans; of t)q"},
      {R"q(ALTER TABLE t ADD a int CHECK (a > 0))q", R"q(ALTER TABLE t; AX t; scans; of t)q"},
      {R"q(ALTER TABLE t ADD a int UNIQUE)q", R"q(ALTER TABLE t; AX t; scans; of t)q"},
      {R"q(ALTER TABLE t ADD a serial)q", R"q(ALTER TABLE t; AX t; rewrites; scans; of t)q"},
      {R"q(ALTER TABLE t ADD a bigint GENERATED ALWAYS AS IDENTITY)q",
       R"q(ALTER TABLE t; AX t; rewrites; scans; of t)q"},
      {R"q(ALTER TABLE t ADD a int GENERATED ALWAYS AS (b * 2) STORED)q",
       R"q(ALTER TABLE t; AX t; rewrites; scans; of t)q"},
      {R"q(ALTER TABLE t ADD a int REFERENCES p)q", R"q(ALTER TABLE t; SRX p, AX t; of t)q"},
      {R"q(ALTER TABLE t ADD a int DEFAULT 1 REFERENCES p)q", R"q(ALTER TABLE t; SRX p, AX t; scans; of t)q"},
      {R"q(ALTER TABLE t DROP COLUMN a)q", R"q(ALTER TABLE t; AX t; of t)q"},
      {R"q(ALTER TABLE t ALTER a SET DEFAULT 1, ALTER a SET STATISTICS 5)q",
       R"q(ALTER TABLE t; AX t; of t)q"},
      {R"q(ALTER TABLE t ALTER a SET STATISTICS 5)q", R"q(ALTER TABLE t; SUX t; of t)q"},
      {R"q(ALTER TABLE t ALTER a SET NOT NULL)q", R"q(ALTER TABLE t; AX t; scans; of t)q"},
      {R"q(ALTER TABLE t ALTER a TYPE bigint)q", R"q(ALTER TABLE t; AX t; rewrites; scans; of t)q"},
      {R"q(ALTER TABLE t ADD CHECK (a > 0))q", R"q(ALTER TABLE t; AX t; scans; of t)q"},
      {R"q(ALTER TABLE t ADD CHECK (a > 0) NOT VALID)q", R"q(ALTER TABLE t; AX t; of t)q"},
      {R"q(ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES s.p (id))q",
       R"q(ALTER TABLE t; SRX t, SRX s.p; scans; of t)q"},
      {R"q(ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p NOT VALID)q",
       R"q(ALTER TABLE t; SRX t, SRX p; of t)q"},
      {R"q(ALTER TABLE t ADD UNIQUE (a))q", R"q(ALTER TABLE t; AX t; scans; of t)q"},
      {R"q(ALTER TABLE t ADD UNIQUE USING INDEX t_a)q", R"q(ALTER TABLE t; AX t; of t)q"},
      {R"q(ALTER TABLE t VALIDATE CONSTRAINT c)q", R"q(ALTER TABLE t; SUX t; scans; of t)q"},
      {R"q(ALTER TABLE t SET (fillfactor = 70))q", R"q(ALTER TABLE t; SUX t; of t)q"},
      {R"q(ALTER TABLE t SET (user_catalog_table = true))q", R"q(ALTER TABLE t; AX t; of t)q"},
      {R"q(ALTER TABLE t SET LOGGED)q", R"q(ALTER TABLE t; AX t; rewrites; scans; of t)q"},
      {R"q(ALTER TABLE t SET TABLESPACE fast)q", R"q(ALTER TABLE t; AX t; rewrites; of t)q"},
      {R"q(ALTER TABLE t DISABLE TRIGGER ALL)q", R"q(ALTER TABLE t; SRX t; of t)q"},
      {R"q(ALTER TABLE t ENABLE ROW LEVEL SECURITY)q", R"q(ALTER TABLE t; AX t; of t)q"},
      {R"q(ALTER TABLE t INHERIT p)q", R"q(ALTER TABLE t; AX t, SUX p; of t)q"},
      {R"q(ALTER TABLE t NO INHERIT p)q", R"q(ALTER TABLE t; AX t, AS p; of t)q"},
      {R"q(ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN (1))q",
       R"q(ALTER TABLE p; SUX p, AX p1; scans; of p, p1)q"},
      {R"q(ALTER TABLE p DETACH PARTITION p1)q", R"q(ALTER TABLE p; AX p, AX p1; of p, p1)q"},
      {R"q(ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY)q",
       R"q(ALTER TABLE p; SUX p, AX p1; outside; probed; cleanup ALTER TABLE "p" DETACH PARTITION "p1" FINALIZE; of p, p1)q"},
      {R"q(ALTER TABLE p DETACH PARTITION p1 FINALIZE)q", R"q(ALTER TABLE p; SUX p, AX p1; of p, p1)q"},
      {R"q(ALTER INDEX i SET (fillfactor = 70))q", R"q(ALTER INDEX i; SUX i; of i)q"},
      {R"q(ALTER INDEX i ATTACH PARTITION j)q", R"q(ALTER INDEX i; SUX i, AX j; of i, j)q"},
      {R"q(ALTER VIEW v SET (security_barrier = true))q", R"q(ALTER VIEW v; AX v; of v)q"},
      {R"q(ALTER TYPE addr ADD ATTRIBUTE a int)q", R"q(ALTER TYPE addr)q"},
      {R"q(ALTER TABLE IF EXISTS ONLY "A b"."C" OWNER TO me)q", R"q(ALTER TABLE A b.C; AX A b.C; of A b.C)q"},
  });
}

TEST_CASE("facts of PostgreSQL statements on indexes", "[facts]") {
  check({
      {R"q(CREATE INDEX i ON a.t (c))q", R"q(CREATE INDEX i ON a.t; S a.t; scans; of a.t, a.i)q"},
      {R"q(CREATE UNIQUE INDEX ON t (c))q", R"q(CREATE INDEX ON t; S t; scans; of t)q"},
      {R"q(CREATE INDEX CONCURRENTLY i ON a.t (c))q",
       R"q(CREATE INDEX i ON a.t; SUX a.t; scans; outside; probed; cleanup DROP INDEX CONCURRENTLY IF EXISTS "a"."i"; of a.t, a.i)q"},
      {R"q(CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (c))q",
       R"q(CREATE INDEX i ON t; SUX t; scans; outside; repeatable; probed; cleanup DROP INDEX CONCURRENTLY IF EXISTS "i"; of t, i)q"},
      {R"q(CREATE INDEX CONCURRENTLY ON t (c))q",
       R"q(CREATE INDEX ON t; SUX t; scans; outside; of t; refused: the index on t has no name, and is built concurrently)q"},
      {R"q(DROP INDEX CONCURRENTLY a.i)q", R"q(DROP INDEX a.i; SUX a.i; outside; probed; of a.i)q"},
      {R"q(DROP INDEX CONCURRENTLY IF EXISTS i)q", R"q(DROP INDEX i; SUX i; outside; repeatable; of i)q"},
      {R"q(REINDEX TABLE t)q", R"q(REINDEX TABLE t; S t; scans)q"},
      {R"q(REINDEX INDEX CONCURRENTLY a.i)q",
       R"q(REINDEX INDEX a.i; SUX a.i; scans; outside; repeatable; cleanup DROP INDEX CONCURRENTLY IF EXISTS "a"."i_ccnew"; cleanup DROP INDEX CONCURRENTLY IF EXISTS "a"."i_ccold")q"},
      {R"q(REINDEX (VERBOSE, CONCURRENTLY) TABLE t)q",
       R"q(REINDEX TABLE t; SUX t; scans; outside; repeatable)q"},
      {R"q(REINDEX (CONCURRENTLY false) TABLE t)q", R"q(REINDEX TABLE t; S t; scans)q"},
      {R"q(REINDEX SCHEMA app)q", R"q(REINDEX SCHEMA app; scans; outside; repeatable)q"},
      {R"q(REINDEX DATABASE shop)q", R"q(REINDEX DATABASE shop; scans; outside; repeatable)q"},
  });
}

TEST_CASE("facts of PostgreSQL statements on rows", "[facts]") {
  check({
      {R"q(INSERT INTO t SELECT * FROM a)q", R"q(INSERT INTO t; RX t, AS a)q"},
      {R"q(UPDATE t SET a = b.c FROM b WHERE b.id = t.id)q", R"q(UPDATE t; RX t, AS b)q"},
      {R"q(WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM gone)q",
       R"q(INSERT INTO b; RX b, RX a)q"},
      {R"q(MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE)q", R"q(MERGE INTO t; RX t, AS s)q"},
      {R"q(SELECT set_config('search_path', '', true))q", R"q(SELECT)q"},
      {R"q(SELECT * FROM t FOR UPDATE)q", R"q(SELECT; RS t)q"},
      {R"q(TRUNCATE a, b)q", R"q(TRUNCATE a, b; AX a, AX b)q"},
      {R"q(LOCK TABLE t IN SHARE MODE)q", R"q(LOCK TABLE t; S t)q"},
      {R"q(COPY t FROM '/tmp/x')q", R"q(COPY t; RX t)q"},
      {R"q(COPY t FROM PROGRAM 'cat x')q", R"q(COPY t; RX t)q"},
      {R"q(COPY t FROM stdin)q", R"q(COPY t; RX t; refused: COPY FROM STDIN: a migration has no input)q"},
      {R"q(COPY t TO stdout)q", R"q(COPY t; AS t; refused: COPY TO STDOUT: a migration has no output)q"},
      {R"q(VACUUM)q", R"q(VACUUM; scans; outside; repeatable)q"},
      {R"q(VACUUM FULL t)q", R"q(VACUUM FULL t; AX t; rewrites; scans; outside; repeatable)q"},
      {R"q(VACUUM (FULL off, ANALYZE) t)q", R"q(VACUUM t; SUX t; scans; outside; repeatable)q"},
      {R"q(ANALYZE t)q", R"q(ANALYZE t; SUX t)q"},
      {R"q(CLUSTER)q", R"q(CLUSTER; rewrites; scans; outside; repeatable)q"},
      {R"q(CLUSTER t USING i)q", R"q(CLUSTER t; AX t; rewrites; scans)q"},
      {R"q(REFRESH MATERIALIZED VIEW m)q", R"q(REFRESH MATERIALIZED VIEW m; AX m; rewrites; scans)q"},
      {R"q(REFRESH MATERIALIZED VIEW CONCURRENTLY m)q", R"q(REFRESH MATERIALIZED VIEW m; X m; scans)q"},
  });
}

TEST_CASE("facts of PostgreSQL statements that concern a session", "[facts]") {
  check({
      {R"q(BEGIN)q", R"q(BEGIN; refused: BEGIN: beginning and ending transactions is afloat's part)q"},
      {R"q(START TRANSACTION)q",
       R"q(START; refused: START: beginning and ending transactions is afloat's part)q"},
      {R"q(COMMIT)q", R"q(COMMIT; refused: COMMIT: beginning and ending transactions is afloat's part)q"},
      {R"q(ROLLBACK TO SAVEPOINT x)q",
       R"q(ROLLBACK; refused: ROLLBACK: beginning and ending transactions is afloat's part)q"},
      {R"q(SAVEPOINT x)q",
       R"q(SAVEPOINT; refused: SAVEPOINT: beginning and ending transactions is afloat's part)q"},
      {R"q(PREPARE TRANSACTION 'x')q",
       R"q(PREPARE; refused: PREPARE: beginning and ending transactions is afloat's part)q"},
      {R"q(COMMIT PREPARED 'x')q",
       R"q(COMMIT; refused: COMMIT: beginning and ending transactions is afloat's part)q"},
      {R"q(SET TRANSACTION ISOLATION LEVEL SERIALIZABLE)q",
       R"q(SET TRANSACTION; refused: SET TRANSACTION: beginning and ending transactions is afloat's part)q"},
      {R"q(SET search_path TO app)q",
       R"q(SET search_path; refused: SET search_path would stay set in afloat's own session)q"},
      {R"q(SET ROLE app)q", R"q(SET role; refused: SET role would stay set in afloat's own session)q"},
      {R"q(SET LOCAL search_path = app)q", R"q(SET LOCAL search_path)q"},
      {R"q(RESET ALL)q", R"q(RESET ALL; refused: RESET ALL would stay set in afloat's own session)q"},
      {R"q(RESET role)q", R"q(RESET role; refused: RESET role would stay set in afloat's own session)q"},
      {R"q(SET CONSTRAINTS ALL DEFERRED)q", R"q(SET)q"},
      {R"q(DISCARD ALL)q", R"q(DISCARD; outside; refused: DISCARD acts on afloat's own session)q"},
      {R"q(DISCARD PLANS)q", R"q(DISCARD; refused: DISCARD acts on afloat's own session)q"},
      {R"q(LISTEN x)q", R"q(LISTEN; refused: LISTEN acts on afloat's own session)q"},
      {R"q(NOTIFY x)q", R"q(NOTIFY)q"},
      {R"q(LOAD 'auto_explain')q", R"q(LOAD; refused: LOAD acts on afloat's own session)q"},
      {R"q(PREPARE p AS SELECT 1)q", R"q(PREPARE; refused: PREPARE acts on afloat's own session)q"},
      {R"q(EXECUTE p)q", R"q(EXECUTE; unknown: a prepared statement)q"},
      {R"q(DO $$ BEGIN PERFORM 1; END $$)q", R"q(DO; unknown: a DO block)q"},
      {R"q(DO $$ BEGIN COMMIT; END $$)q",
       R"q(DO; refused: the DO block ends a transaction with COMMIT or ROLLBACK; unknown: a DO block)q"},
      {R"q(DO $$ BEGIN PERFORM '{"PLpgSQL_stmt_commit"'; END $$)q", R"q(DO; unknown: a DO block)q"},
      {R"q(CALL app.work(1))q", R"q(CALL app.work; unknown: a procedure)q"},
      {R"q(CREATE EXTENSION IF NOT EXISTS citext)q", R"q(CREATE EXTENSION citext)q"},
      {R"q(CREATE EXTENSION postgis)q",
       R"q(CREATE EXTENSION postgis; unknown: the script of extension postgis)q"},
      {R"q(ALTER EXTENSION citext UPDATE)q",
       R"q(ALTER EXTENSION citext; unknown: the script of extension citext)q"},
      {R"q(IMPORT FOREIGN SCHEMA s FROM SERVER x INTO y)q", R"q(IMPORT; unknown: IMPORT FOREIGN SCHEMA)q"},
      {R"q(DROP OWNED BY app)q", R"q(DROP OWNED; unknown: DROP OWNED)q"},
  });
}

TEST_CASE("facts of PostgreSQL statements on databases and replication", "[facts]") {
  check({
      {R"q(CREATE DATABASE shop)q", R"q(CREATE DATABASE shop; outside; probed)q"},
      {R"q(DROP DATABASE shop)q", R"q(DROP DATABASE shop; outside; probed)q"},
      {R"q(DROP DATABASE IF EXISTS shop)q", R"q(DROP DATABASE shop; outside; repeatable)q"},
      {R"q(ALTER DATABASE shop SET TABLESPACE fast)q", R"q(ALTER DATABASE shop; outside; probed)q"},
      {R"q(ALTER DATABASE shop CONNECTION LIMIT 5)q", R"q(ALTER DATABASE shop)q"},
      {R"q(ALTER DATABASE shop SET work_mem = '1MB')q", R"q(ALTER DATABASE)q"},
      {R"q(CREATE TABLESPACE fast LOCATION '/x')q", R"q(CREATE TABLESPACE fast; outside; probed)q"},
      {R"q(DROP TABLESPACE fast)q", R"q(DROP TABLESPACE fast; outside; probed)q"},
      {R"q(ALTER SYSTEM SET work_mem = '1MB')q", R"q(ALTER SYSTEM SET work_mem; outside; repeatable)q"},
      {R"q(ALTER SYSTEM RESET ALL)q", R"q(ALTER SYSTEM RESET ALL; outside; repeatable)q"},
      {R"q(CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p)q",
       R"q(CREATE SUBSCRIPTION s; outside; probed)q"},
      {R"q(CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (connect = false))q",
       R"q(CREATE SUBSCRIPTION s)q"},
      {R"q(ALTER SUBSCRIPTION s REFRESH PUBLICATION)q", R"q(ALTER SUBSCRIPTION s; outside; repeatable)q"},
      {R"q(ALTER SUBSCRIPTION s ADD PUBLICATION q)q", R"q(ALTER SUBSCRIPTION s; outside)q"},
      {R"q(ALTER SUBSCRIPTION s SET PUBLICATION q WITH (refresh = false))q", R"q(ALTER SUBSCRIPTION s)q"},
      {R"q(ALTER SUBSCRIPTION s DISABLE)q", R"q(ALTER SUBSCRIPTION s)q"},
      {R"q(DROP SUBSCRIPTION s)q", R"q(DROP SUBSCRIPTION s; outside; probed)q"},
      {R"q(CREATE PUBLICATION p FOR TABLE a.t, u)q", R"q(CREATE PUBLICATION p; SUX a.t, SUX u)q"},
      {R"q(CREATE PUBLICATION p FOR ALL TABLES)q", R"q(CREATE PUBLICATION p)q"},
      {R"q(ALTER PUBLICATION p ADD TABLE t)q", R"q(ALTER PUBLICATION p; SUX t)q"},
  });
}

TEST_CASE("facts of PostgreSQL statements that cannot be read", "[facts]") {
  check({
      {R"q(CREATE TABLE t (a int,, b int))q", R"q(CREATE TABLE; syntax error at or near "," @22)q"},
      {R"q(ALTER TABLE app."T x" ADD CONSTRAINT c NOT NULL a NOT VALID)q",
       R"q(ALTER TABLE app.T x; AX app.T x; of app.T x; syntax error at or near "NOT" @39)q"},
      {R"q(ALTER TABLE IF EXISTS ONLY t ALTER a SET EXPRESSION AS (b))q",
       R"q(ALTER TABLE t; AX t; of t; syntax error at or near "EXPRESSION" @41)q"},
      {R"q(SELEKT 1)q", R"q(SELEKT; syntax error at or near "SELEKT" @0)q"},
      {R"q(CREATE INDEX CONCURRENTLY i ON t (a) NEW STUFF)q",
       R"q(CREATE INDEX; outside; syntax error at or near "NEW" @37)q"},
  });
}

TEST_CASE("what would stay in afloat's own session is refused", "[facts]") {
  check({
      {"SELECT pg_catalog.set_config('search_path', '', false)",
       "SELECT; refused: set_config(…, false) would stay set in afloat's own session"},
      {"INSERT INTO t SELECT set_config('a.b', x, $1) FROM s",
       "INSERT INTO t; RX t, AS s; refused: set_config(…, false) would stay set in afloat's own session"},
      {"SELECT pg_try_advisory_lock(1, 2)",
       "SELECT; refused: pg_try_advisory_lock would be held by afloat's own session beyond this step"},
      {"SELECT pg_try_advisory_xact_lock(1)", "SELECT"},
      {"SELECT mine.pg_advisory_lock(1)", "SELECT"},
      {"CREATE VIEW v AS SELECT pg_advisory_lock(1)", "CREATE VIEW v; of v"},
      {"DECLARE c CURSOR FOR SELECT 1", "DECLARE c"},
      {"DECLARE c CURSOR WITH HOLD FOR SELECT 1",
       "DECLARE c; refused: DECLARE c CURSOR WITH HOLD would stay open in afloat's own session"},
  });
}

TEST_CASE("what is temporary ends with its step", "[facts]") {
  const auto ended_by = [](Dialect dialect, std::string_view sql) {
    const StatementFacts facts = make_sql_writer(dialect, 0)->facts(sql);
    CHECK(facts.until_commit != facts.ended_by.empty());
    return facts.ended_by;
  };
  for (const char* sql :
       {"CREATE TEMP TABLE t (a int)", "CREATE TEMPORARY TABLE t AS SELECT 1", "SELECT 1 AS a INTO TEMP t",
        "CREATE TEMP VIEW v AS SELECT 1", "CREATE TEMP SEQUENCE s", "CREATE TABLE pg_temp.t (a int)",
        "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'"})
    CHECK(ended_by(Dialect::postgres, sql) == "DISCARD TEMP");
  CHECK(ended_by(Dialect::postgres, "CREATE TABLE t (a int)") == "");
  CHECK(ended_by(Dialect::postgres, "SELECT set_config('role', 'x', true)") == "RESET ROLE");
  CHECK(ended_by(Dialect::sqlite, "CREATE TEMP TABLE \"a \"\"b\" (c)")
        == "DROP TABLE IF EXISTS temp.\"a \"\"b\"");
  CHECK(ended_by(Dialect::sqlite, "CREATE TABLE temp.t (c)") == "DROP TABLE IF EXISTS temp.\"t\"");
  CHECK(ended_by(Dialect::sqlite, "CREATE TEMP VIEW v AS SELECT 1") == "DROP VIEW IF EXISTS temp.\"v\"");
  CHECK(ended_by(Dialect::sqlite, "CREATE TEMP TRIGGER x AFTER DELETE ON t BEGIN SELECT 1; END")
        == "DROP TRIGGER IF EXISTS temp.\"x\"");
  CHECK(ended_by(Dialect::sqlite, "CREATE TABLE t (c)") == "");
}

} // namespace afloat
