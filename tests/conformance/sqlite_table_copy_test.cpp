#include "dialect/file_copy.hpp"
#include "sqlite_support.hpp"
#include "support/error.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

namespace afloat::sqlite_tests {
namespace {
std::string rows_up_to(int last) {
  return fmt::format("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) ", last);
}

std::int64_t size_of(const std::string& file) {
  return static_cast<std::int64_t>(std::filesystem::file_size(file));
}

const std::vector<std::string> k_users{"users"};
} // namespace

TEST_CASE("a copy of one table of SQLite tells how far it is all the while", "[sqlite][snapshot]") {
  const Folder folder;
  connect(folder)->script("CREATE TABLE users (id integer PRIMARY KEY, name text);"
                          "INSERT INTO users "
                          + rows_up_to(100'000) + "SELECT i, printf('%200d', i) FROM n");
  std::vector<std::int64_t> told;
  const auto copied = copy_tables(folder.file(), k_users, folder.file("copy"),
                                  [&](std::int64_t done) { told.push_back(done); });
  CHECK(copied.at(0).rows == 100'000);
  CHECK(told.size() > 100);
  CHECK(std::ranges::is_sorted(told));
  // Copying is the first half, and summing up the second one; neither begins at its end.
  const std::int64_t size = size_of(folder.file("copy"));
  const auto told_in = [&](std::int64_t from, std::int64_t to) {
    return std::ranges::count_if(told, [&](std::int64_t done) { return done > from && done < to; });
  };
  for (int part = 0; part < 4; ++part) CHECK(told_in(size * part / 4, size * (part + 1) / 4) > 0);
  CHECK(told.back() <= size);
}

TEST_CASE("whatever is done with a table of SQLite can be stopped within it", "[sqlite][snapshot]") {
  const Folder folder;
  const auto database = connect(folder);
  database->script("CREATE TABLE users (id integer PRIMARY KEY, name text);"
                   "INSERT INTO users "
                   + rows_up_to(100'000) + "SELECT i, 'name ' || i FROM n");
  copy_tables(folder.file(), k_users, folder.file("tables"), [](std::int64_t) {});
  database->script("UPDATE users SET name = 'another' WHERE id = 1");
  int asked = 0;
  const auto stop = [&](std::int64_t = 0) {
    if (++asked == 20) throw Error(ErrorCode::interrupted, "interrupted");
  };
  const std::string work = GENERATE("copy", "sum", "put back", "build", "integrity");
  INFO(work);
  try {
    if (work == "copy") copy_tables(folder.file(), k_users, folder.file("copy"), stop);
    if (work == "sum") file_contents(folder.file("tables"), k_users, stop);
    if (work == "put back")
      put_tables_back(folder.file("tables"), k_users, folder.file(), std::chrono::seconds(1), [] {}, stop);
    if (work == "build")
      build_file("CREATE TABLE users (id integer PRIMARY KEY, name text);", folder.file("tables"), k_users,
                 folder.file("built"), stop);
    if (work == "integrity") file_integrity(folder.file("tables"), [&] { stop(); });
    FAIL("it went on to its end");
  } catch (const Error& error) {
    CHECK(error.code == ErrorCode::interrupted);
  }
  CHECK(asked == 20);
  CHECK(database->query("SELECT count(*), min(name) FROM users", {}).rows
        == std::vector<std::vector<Value>>{{"100000", "another"}});
}

TEST_CASE("the wait for a lock of SQLite's file can be stopped", "[sqlite][snapshot]") {
  const Folder folder;
  const auto database = connect(folder);
  database->script("CREATE TABLE users (id integer PRIMARY KEY); PRAGMA journal_mode = DELETE");
  copy_tables(folder.file(), k_users, folder.file("tables"), [](std::int64_t) {});
  copy_file(folder.file(), folder.file("whole"), std::chrono::seconds(1), [](std::int64_t, std::int64_t) {});
  const auto holder = connect(folder);
  holder->script("BEGIN EXCLUSIVE");
  const auto stop = [](std::int64_t) { throw Error(ErrorCode::interrupted, "interrupted"); };
  const auto stop_pages = [&](std::int64_t done, std::int64_t) { stop(done); };
  const auto hour = std::chrono::hours(1);
  const auto code_of = [](const std::function<void()>& work) {
    try {
      work();
    } catch (const Error& error) {
      return error.code;
    }
    return ErrorCode::bug;
  };
  CHECK(code_of([&] { copy_file(folder.file(), folder.file("copy"), hour, stop_pages); })
        == ErrorCode::interrupted);
  CHECK(code_of([&] { put_file_back(folder.file("whole"), folder.file(), hour, [] {}, stop_pages); })
        == ErrorCode::interrupted);
  CHECK(code_of([&] { put_tables_back(folder.file("tables"), k_users, folder.file(), hour, [] {}, stop); })
        == ErrorCode::interrupted);
  holder->script("ROLLBACK");
}

TEST_CASE("what a copy of tables takes is told by a few of their rows", "[sqlite][snapshot]") {
  struct {
    const char *table, *rows;
  } const shapes[] = {
      {"(id integer PRIMARY KEY, name text, price real, at integer)",
       "SELECT i, 'name ' || i, i * 0.37, 1700000000 + i FROM n"},
      {"(name text, more text)", "SELECT 'name ' || i, NULL FROM n"},
      {"(id integer PRIMARY KEY, name text)", // keys with gaps, and rows that get wider
       "SELECT i * i, CASE WHEN i < 40000 THEN 'short' ELSE hex(zeroblob(100)) END FROM n"},
      {"(id integer PRIMARY KEY, photo blob)", "SELECT i, zeroblob(i * 7919 % 1000) FROM n"},
      {"(name text PRIMARY KEY, n integer) WITHOUT ROWID", "SELECT 'name ' || i, i FROM n WHERE i < 9000"},
      {"(id integer PRIMARY KEY)", "SELECT i FROM n WHERE i < 0"},
  };
  for (const auto& shape : shapes) {
    INFO(shape.table);
    const Folder folder;
    connect(folder)->script(
        fmt::format("CREATE TABLE users {0};CREATE INDEX by ON users (1);INSERT INTO users {1}{2}",
                    shape.table, rows_up_to(50'000), shape.rows));
    const auto told = static_cast<double>(tables_bytes(folder.file(), k_users, [] {}));
    copy_tables(folder.file(), k_users, folder.file("copy"), [](std::int64_t) {});
    const auto size = static_cast<double>(size_of(folder.file("copy")));
    INFO(told << " of " << size);
    CHECK(told <= size * 1.05);
    CHECK(told >= (size - 2 * 4096) * 0.8);
  }
}
} // namespace afloat::sqlite_tests
