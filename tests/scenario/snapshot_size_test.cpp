#include "dialect/copy_session.hpp"
#include "snapshot/size_postgres.hpp"
#include "support/shop.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

// What a snapshot is said to take, and what it takes.
namespace afloat::test {
using namespace postgres_copy;

TEST_CASE("the size of a snapshot of PostgreSQL's tables is told by a sample of their rows", "[snapshot]") {
  struct {
    const char *what, *statements;
  } const tables[] = {
      {"rows that are all alike", "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b integer);"
                                  "INSERT INTO t SELECT i, 0, i % 10 FROM generate_series(1, 200000) i"},
      {"rows that cannot be compressed",
       "CREATE TABLE t (id bigint PRIMARY KEY, b bytea);INSERT INTO t SELECT i, decode(md5(i::text) || "
       "md5(i::text || 'x') || md5(i::text || 'y'), 'hex') FROM generate_series(1, 100000) i"},
      {"rows of which few are left", "CREATE TABLE t (id bigint PRIMARY KEY, t text);"
                                     "INSERT INTO t SELECT i, 'row ' || i FROM generate_series(1, 200000) i; "
                                     "DELETE FROM t WHERE id % 10 <> 0"},
      {"no row at all", "CREATE TABLE t (id bigint PRIMARY KEY);"
                        "INSERT INTO t SELECT i FROM generate_series(1, 200000) i; DELETE FROM t"},
      {"large values that the server has compressed",
       "CREATE TABLE t (id bigint PRIMARY KEY, t text);"
       "INSERT INTO t SELECT i, repeat(md5(i::text), 2000) FROM generate_series(1, 5000) i"},
      {"large values kept elsewhere as they are",
       "CREATE TABLE t (id bigint PRIMARY KEY, t text); ALTER TABLE t ALTER t SET STORAGE EXTERNAL;"
       "INSERT INTO t SELECT i, (SELECT string_agg(md5((i * 1000 + k)::text), '') FROM generate_series(1, "
       "200) k)"
       " FROM generate_series(1, 1500) i"},
  };
  for (const auto& table : tables) {
    INFO(table.what);
    const Shop shop(Dialect::postgres, "programs = \"/nowhere\"\n");
    const auto database = shop.world().connect();
    database->script(table.statements);
    const Result on_disk = database->query("SELECT pg_table_size('t'), pg_relation_size('t')", {});
    const auto number = [&](std::size_t at) { return std::stoll(*on_disk.rows.at(0).at(at)); };
    const auto session =
        open_copy_session({.url = shop.world().url(), .safe_url = ""}, "", std::chrono::seconds(10), [] {});
    const CopySize size = expected_size(*session, {"public", "t"}, {number(0), number(1)});
    std::int64_t rows = 0;
    session->copy_out("COPY t TO STDOUT (FORMAT binary)",
                      [&](std::string_view row) { rows += static_cast<std::int64_t>(row.size()); });
    shop.succeed({"snapshot", "create", "t", "--tables", "t"});
    const auto stored = static_cast<std::int64_t>(
        std::filesystem::file_size(shop.store() / "t" / "tables" / "0001-public.t.copy.zst"));
    INFO(table.what << ": on disk " << number(0) << "; rows " << rows << ", said " << size.rows << "; stored "
                    << stored << ", said " << size.compressed);
    CHECK(static_cast<double>(size.rows) == Approx(rows).epsilon(0.4).margin(100));
    CHECK(static_cast<double>(size.compressed) == Approx(stored).epsilon(0.4).margin(100));
  }
}
} // namespace afloat::test
