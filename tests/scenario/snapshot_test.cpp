#include "snapshot/make.hpp"
#include "snapshot/restore.hpp"
#include "snapshot/store.hpp"
#include "support/flip_byte.hpp"
#include "support/shop.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat::test {
TEST_CASE("a snapshot of each kind restores to what it was made of", "[snapshot]") {
  const Shop shop(each_dialect());
  if (!shop.has_pg_dump()) return;
  shop.succeed({"snapshot", "create", "whole"});
  shop.succeed({"snapshot", "create", "two", "--tables", "orders,users"});
  shop.succeed({"snapshot", "create", "shape", "--kind", "schema"});
  CHECK(shop.stored() == Words{"shape", "two", "whole"});
  CHECK(shop.run({"snapshot", "verify", "--restore"}).out
        == "whole is whole, and restores to the same\ntwo is whole, and restores to the same\n"
           "shape is whole, and restores to the same\n");
  for (const char* name : {"whole", "two"}) {
    const std::string into = shop.new_name();
    shop.succeed({"snapshot", "restore", name, "--into", into});
    const auto database = shop.restored(into);
    CHECK(values(*database, "SELECT id, name, nick FROM users ORDER BY id")
          == Words{"1", "Ada", "countess", "2", "Bert", "NULL", "3", "Zoë", ""});
    CHECK(values(*database, "SELECT id, user_id, price FROM orders ORDER BY id")
          == Words{"1", "1", "9.99", "2", "3", "NULL"});
    const Outcome again = shop.run({"snapshot", "restore", name, "--into", into});
    CHECK(again.status == 2);
    CHECK(again.err.find("is there already") != std::string::npos);
  }
}

TEST_CASE("a table restored alone leaves its foreign keys unchecked and says so", "[snapshot]") {
  const Shop shop(Dialect::postgres);
  if (!shop.has_pg_dump()) return;
  shop.succeed({"snapshot", "create", "one", "--tables", "orders"});
  const std::string into = shop.new_name();
  CHECK(shop.succeed({"snapshot", "restore", "one", "--into", into}).find("NOT VALID") != std::string::npos);
  CHECK(values(*shop.restored(into), "SELECT count(*) FROM orders") == Words{"2"});
}

TEST_CASE("verify names the part of which one byte was changed", "[snapshot]") {
  const Shop shop(each_dialect());
  if (!shop.has_pg_dump()) return;
  shop.succeed({"snapshot", "create", "whole"});
  shop.succeed({"snapshot", "create", "two", "--tables", "orders,users"});
  int parts = 0;
  for (const char* name : {"whole", "two"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(shop.store() / name)) {
      if (entry.is_directory()) continue;
      const std::string part = entry.path().lexically_relative(shop.store() / name).string();
      INFO(part);
      CHECK((std::filesystem::status(entry.path()).permissions() & std::filesystem::perms::all)
            == std::filesystem::perms(0600));
      flip_byte(entry.path());
      const Outcome outcome = shop.run({"snapshot", "verify", name});
      CHECK(outcome.status == 1);
      CHECK(outcome.out.find(part) != std::string::npos);
      CHECK(shop.run({"snapshot", "restore", name, "--into", "never"}).status == 1);
      flip_byte(entry.path());
      ++parts;
    }
  CHECK(parts >= 7);
  CHECK(shop.run({"snapshot", "verify"}).status == 0);
  std::filesystem::remove(shop.store() / "whole" / "manifest.sha256");
  std::ofstream(shop.store() / "two" / "more") << "x";
  const Outcome outcome = shop.run({"snapshot", "verify"});
  CHECK(outcome.out.find("manifest.sha256 is missing") != std::string::npos);
  CHECK(outcome.out.find("more is not a part") != std::string::npos);
}

TEST_CASE("a purge that destroys values is preceded by a snapshot of them", "[snapshot]") {
  const Shop shop(each_dialect());
  CHECK(
      shop.succeed({"plan"}).find("Snapshot before purge: test-pre-0001-purge (the schema, and the rows of ")
      != std::string::npos);
  shop.succeed({"migrate", "--accept-data-loss"});
  CHECK(shop.stored() == Words{"test-pre-0001-purge"});
  CHECK(shop.succeed({"history"}).find("snapshot    test-pre-0001-purge") != std::string::npos);
  shop.succeed({"snapshot", "verify"});
  const std::string into = shop.new_name();
  shop.run({"snapshot", "restore", "test-pre-0001-purge", "--into", into});
  CHECK(values(*shop.restored(into), "SELECT \"_afloat_attic_1_nick\" FROM users ORDER BY id")
        == Words{"countess", "NULL", ""});
}

TEST_CASE("the plan names the tables of which a snapshot has rows", "[snapshot]") {
  const auto said = [](const Shop& shop, const Words& words) {
    const std::string text = shop.succeed(words);
    const std::size_t at = text.find("Snapshot before expand: ");
    return text.substr(at, text.find("\n", at) - at);
  };
  const Dialect dialect = each_dialect();
  const Shop shop(
      dialect, "before_expand = \"tables\"\n",
      {"-- afloat:expand\nDROP VIEW buyers;\nCREATE TABLE fresh (id integer);\n"
       "ALTER TABLE users ADD COLUMN age integer;\n",
       "[[operation]]\ntype = \"rename_column\"\ntable = \"fresh\"\nfrom = \"id\"\nto = \"key\"\n"});
  const std::string schema = dialect == Dialect::sqlite ? "" : "public.";
  CHECK(
      said(shop, {"plan", "1"})
      == fmt::format("Snapshot before expand: test-pre-0001 (the schema, and the rows of {}users)", schema));
  CHECK(shop.succeed({"plan"}).find(fmt::format(
            "Snapshot before expand: test-pre-0002 (the schema, and the rows of {}fresh)\n", schema))
        != std::string::npos);
}

TEST_CASE("the plan names a renamed table by the name that it has when the snapshot is made", "[snapshot]") {
  const Dialect dialect = each_dialect();
  const Shop shop(dialect, "before_expand = \"tables\"\nbefore_contract = \"tables\"\n",
                  {"[[operation]]\ntype = \"rename_table\"\ntable = \"users\"\nto = \"people\"\n"});
  const std::string before = dialect == Dialect::sqlite ? "users" : "public.users",
                    contract =
                        fmt::format("Snapshot before contract: test-pre-0001-contract (the schema, and the "
                                    "rows of {})\n",
                                    dialect == Dialect::sqlite ? "people, users" : "public.people");
  const std::string planned = shop.succeed({"plan"});
  INFO(planned);
  CHECK(planned.find(
            fmt::format("Snapshot before expand: test-pre-0001 (the schema, and the rows of {})\n", before))
        != std::string::npos);
  CHECK(planned.find(contract) != std::string::npos);
  shop.succeed({"expand"});
  CHECK(shop.succeed({"plan"}).find(contract) != std::string::npos);
  shop.succeed({"contract", "--quiet", "0"});
  const Manifest made = *find_snapshot(shop.store(), "test-pre-0001-contract").manifest;
  std::vector<std::string> names;
  for (const StoredTable& table : tables_of_people(made)) names.push_back(display(table.name));
  CHECK(contract.find(fmt::format("the rows of {})", join(names, ", "))) != std::string::npos);
}

TEST_CASE("verify misses a snapshot that the history names", "[snapshot]") {
  const Shop shop(each_dialect(), "before_expand = \"tables\"\n");
  shop.succeed({"expand"});
  CHECK(shop.succeed({"verify"}).find("snapshot test-pre-0001") != std::string::npos);
  std::filesystem::rename(shop.store() / "test-pre-0001", shop.project().path() / "elsewhere");
  const Outcome found = shop.run({"verify"});
  CHECK(found.status == 1);
  CHECK(found.out.find("the window of 0001_change is open; the history names it, and it is not in ")
        != std::string::npos);
  shop.succeed({"abort"});
  shop.succeed({"verify"}); // nothing needs it any more
  shop.succeed({"expand"});
  CHECK(shop.stored() == Words{"test-pre-0001"});
  shop.succeed({"verify"});
}

TEST_CASE("nothing is done without the snapshot that the policy asks for", "[snapshot]") {
  Shop shop(each_dialect(), "before_expand = \"tables\"\n");
  const std::string before = shop.world().dump();
  std::ofstream(shop.store()) << "not a folder";
  const Outcome outcome = shop.run({"expand"});
  INFO(outcome.err);
  CHECK(outcome.status == 6);
  CHECK(outcome.err.find("no snapshot test-pre-0001 before expand of 0001_change: cannot make ")
        != std::string::npos);
  CHECK(outcome.err.find("Nothing was changed.") != std::string::npos);
  CHECK(difference(before, shop.world().dump()) == "");
  CHECK(shop.run({"status", "--check"}).status == 1);
  std::filesystem::remove(shop.store());
  shop.succeed({"expand"});
  shop.succeed({"expand"}); // nothing to do: no other snapshot
  CHECK(shop.stored() == Words{"test-pre-0001"});
}

TEST_CASE("a disk that is full leaves no half of a snapshot", "[snapshot]") {
  const Shop shop(each_dialect());
  shop.world().connect()->script(
      "INSERT INTO users WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
      "SELECT i, 'name ' || i * 7919 % 10007, 'nick ' || i * 104729 % 99991 FROM n");
  const Outcome outcome =
      run({"/bin/sh",
           {"-c", fmt::format("ulimit -f 100; exec {} --url '{}' snapshot create --tables users",
                              afloat_program(), shop.world().url())},
           shop.project().path().string(),
           {{"AFLOAT_SNAPSHOT_FOLDER", shop.store().string()}}});
  INFO(outcome.err);
  CHECK(outcome.status == 6);
  CHECK(shop.stored().empty());
}

TEST_CASE("a disk that is too small is seen before any row is copied", "[snapshot]") {
  const Shop shop(each_dialect());
  shop.world().connect()->script(
      "INSERT INTO users WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
      "SELECT i, 'a name that is about as long as this whole sentence and is another one in row ' || i, '' "
      "FROM n");
  std::filesystem::create_directory(shop.store());
  const auto on_small_disk = [&](const std::string& what) {
    const std::string script =
        fmt::format("mount -t tmpfs -o size=500k none {} && {}", shop.store().string(), what);
    return run({"/usr/bin/unshare",
                {"-rm", "/bin/sh", "-c", script},
                shop.project().path().string(),
                {{"AFLOAT_SNAPSHOT_FOLDER", shop.store().string()}}});
  };
  if (on_small_disk("true").status != 0) {
    WARN("no disk can be made here");
    return;
  }
  const Outcome outcome = on_small_disk(
      fmt::format("exec {} --url '{}' snapshot create --tables users", afloat_program(), shop.world().url()));
  INFO(outcome.err);
  CHECK(outcome.status == 6);
  CHECK(outcome.err.starts_with("error: the snapshot takes about "));
  CHECK(outcome.err.ends_with(
      "has 0 MB left\n  hint: Make room there, or set `folder` under [snapshot]. Nothing "
      "was changed.\n"));
}

TEST_CASE("a snapshot that is stopped within a table leaves nothing", "[snapshot]") {
  const Shop shop(Dialect::sqlite);
  const auto database = shop.world().connect();
  database->script(
      "INSERT INTO users WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) "
      "SELECT i, 'name ' || i, '' FROM n");
  SnapshotRequest request;
  request.about.name = "one";
  request.tables = {{"", "users"}};
  request.settings.folder = shop.store();
  std::int64_t far = 0, all = 0;
  int asked = 0;
  const SnapshotWatch watch{[&] {
                              if (++asked == 30) throw Error(ErrorCode::interrupted, "interrupted");
                            },
                            [&](std::int64_t done, std::int64_t total) {
                              far = done;
                              all = total;
                            },
                            [](std::string_view) {}, [](std::string_view) {}};
  try {
    make_snapshot(*database, request, watch);
    FAIL("it went on to its end");
  } catch (const Error& error) {
    CHECK(error.code == ErrorCode::interrupted);
  }
  CHECK(asked == 30);
  CHECK(all > 500'000);
  CHECK(far < all);
  CHECK(shop.stored().empty());
}

TEST_CASE("a table that may not be read is named, with exit status 4", "[snapshot]") {
  const Shop shop(Dialect::postgres);
  const auto owner = shop.world().connect();
  owner->script("REVOKE ALL ON users FROM app");
  const Outcome outcome = shop.run_at(shop.world().app_url(), {"snapshot", "create", "--tables", "users"});
  CHECK(outcome.status == 4);
  CHECK(outcome.err.find("permission denied for table users") != std::string::npos);
  CHECK(shop.stored().empty());
}

TEST_CASE("without pg_dump the rows are kept, and what needs it says so", "[snapshot]") {
  const Shop shop(Dialect::postgres, "programs = \"/nowhere\"\n");
  const Outcome full = shop.run({"snapshot", "create"});
  CHECK(full.status == 2);
  CHECK(full.err.find("there is no pg_dump for PostgreSQL") != std::string::npos);
  CHECK(shop.stored().empty());
  CHECK(shop.succeed({"snapshot", "create", "rows", "--tables", "users"}).find("without the schema")
        != std::string::npos);
  const std::string into = shop.new_name();
  shop.succeed({"snapshot", "restore", "rows", "--into", into});
  CHECK(values(*shop.restored(into), "SELECT name FROM users ORDER BY id") == Words{"Ada", "Bert", "Zoë"});
}

TEST_CASE("a snapshot beside writers is of one moment", "[snapshot]") {
  Shop shop(each_dialect());
  if (!shop.has_pg_dump()) return;
  const auto setup = shop.world().connect();
  // Without a WAL a write makes the copy begin again.
  const bool without_wal = GENERATE(false, true);
  if (without_wal && shop.world().dialect() == Dialect::postgres) return;
  if (without_wal) setup->query("PRAGMA journal_mode = DELETE");
  setup->script(
      "CREATE TABLE accounts (id integer PRIMARY KEY, balance integer NOT NULL);"
      "CREATE TABLE transfers (delta integer NOT NULL);"
      "INSERT INTO accounts WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
      "SELECT i, 0 FROM n");
  std::atomic<int> written = 0;
  const std::jthread writer([&](const std::stop_token& stop) {
    const auto database = shop.world().connect();
    while (!stop.stop_requested()) {
      database->begin(std::chrono::seconds(10));
      const int key = ++written;
      database->script(fmt::format("UPDATE accounts SET balance = balance + {1} WHERE id = {0} % 5000 + 1;"
                                   "INSERT INTO transfers VALUES ({1})",
                                   key, key % 97));
      database->commit();
    }
  });
  while (written < 50) std::this_thread::yield();
  for (const Words& words : {Words{"snapshot", "create", "some", "--tables", "accounts,transfers"},
                             Words{"snapshot", "create", "all"}}) {
    shop.succeed(words);
    const std::string into = shop.new_name();
    shop.succeed({"snapshot", "restore", words[2], "--into", into});
    const Words sums =
        values(*shop.restored(into), "SELECT (SELECT sum(balance) FROM accounts), (SELECT sum(delta) "
                                     "FROM transfers), (SELECT count(*) > 0 FROM transfers)");
    CHECK(sums[0] == sums[1]);
    CHECK((sums[2] == "1" || sums[2] == "t"));
  }
}

TEST_CASE("a purge of what is kept aside is preceded by a snapshot of that alone", "[snapshot]") {
  const Shop shop(each_dialect(), "", {std::string(k_drop_nick) + "attic = \"aside\"\n"});
  const bool sqlite = shop.world().dialect() == Dialect::sqlite;
  const std::string kept = sqlite ? "afloat_aside_1_1" : "afloat.aside_1_1";
  CHECK(shop.succeed({"plan"}).find("Snapshot before purge: test-pre-0001-purge (the schema, and the rows of "
                                    + kept + ")\n")
        != std::string::npos);
  shop.succeed({"expand"});
  // A retention of 0 purges at once.
  CHECK(shop.succeed({"contract", "--accept-data-loss"}).find("; the old shape is purged\n")
        != std::string::npos);
  const std::string manifest = read_file(shop.store() / "test-pre-0001-purge" / "manifest.json");
  CHECK(manifest.find("users") == manifest.npos);
  if (!shop.has_pg_dump()) return;
  const std::string into = shop.new_name();
  shop.run({"snapshot", "restore", "test-pre-0001-purge", "--into", into});
  CHECK(values(*shop.restored(into), "SELECT id, nick FROM " + kept + " ORDER BY id")
        == Words{"1", "countess", "3", ""});
}

TEST_CASE("a command makes the snapshot and another one says when it is there", "[snapshot]") {
  const Shop shop(Dialect::sqlite, "before_expand = \"command\"\nname = \"{{project}}_{{env}}_{{version}}\"\n"
                                   "command = \"sh -c 'echo \\\"$0\\\" > asked' {{name}}\"\n"
                                   "observe = \"sh -c 'test -e seen || { touch seen; exit 3; }'\"\n");
  shop.succeed({"expand"});
  CHECK(read_file(shop.project().path() / "asked") == "test_default_0001\n");
  CHECK(std::filesystem::exists(shop.project().path() / "seen"));
  CHECK(shop.stored() == Words{"test_default_0001"});
  shop.succeed({"snapshot", "create", "ours", "--kind", "schema"});
  CHECK(shop.succeed({"snapshot", "verify", "--restore"})
        == "test_default_0001 was made by sh, which keeps it; afloat cannot verify or restore it\n"
           "ours is whole, and restores to the same\n");
  const Shop fails(Dialect::sqlite,
                   "before_expand = \"command\"\ncommand = \"sh -c 'echo no room >&2; exit 3'\"\n");
  const Outcome outcome = fails.run({"expand"});
  CHECK(outcome.status == 6);
  CHECK(outcome.err.find("`command` of [snapshot] ended with exit status 3: no room") != std::string::npos);
  CHECK(fails.stored().empty());
  const Shop late(Dialect::sqlite, "deadline = \"300ms\"\ncommand = \"true\"\nobserve = \"false\"\n");
  const Outcome too_late = late.run({"snapshot", "create", "--kind", "command"});
  CHECK(too_late.status == 6);
  // On a machine that needs longer than that for `true`, it is the command that is late.
  const bool never_seen = too_late.err.find("is not available after 300 ms") != std::string::npos;
  CHECK((never_seen || too_late.err.find("went on beyond the deadline") != std::string::npos));
  CHECK(late.stored() == Words{".test-pre-manual.given-away"});
}

TEST_CASE("a name that a provider may have got is not asked for again", "[snapshot]") {
  const Shop shop(Dialect::sqlite,
                  "deadline = \"${DEADLINE}\"\nobserve = \"test -e ready\"\n"
                  "command = \"sh -c 'echo \\\"$0\\\" > asked; test ! -e fails' {{name}}\"\n");
  const std::filesystem::path folder = shop.project().path();
  const Words command{"snapshot", "create", "a", "--kind", "command"};
  std::ofstream(folder / "fails") << "";
  CHECK(shop.run(command, {{"DEADLINE", "5m"}}).status == 6); // it has not got the name
  CHECK(shop.stored().empty());
  std::filesystem::remove(folder / "fails");
  CHECK(shop.run(command, {{"DEADLINE", "300ms"}}).status == 6); // never available
  std::ofstream(folder / "ready") << "";
  CHECK(shop.run(command, {{"DEADLINE", "5m"}}).out == "a-2 is made: command, 0 B\n");
  CHECK(read_file(folder / "asked") == "a-2\n");
  CHECK(shop.stored() == Words{".a.given-away", "a-2"});
}

TEST_CASE("the gate of contract is asked again behind a snapshot", "[snapshot]") {
  const Shop shop(Dialect::sqlite, "before_contract = \"command\"\nobserve = \"test -e ready\"\n"
                                   "command = \"touch asked\"\n");
  const std::filesystem::path folder = shop.project().path();
  shop.succeed({"expand"});
  const std::jthread late([&](const std::stop_token& stop) { // while the provider is at work
    while (!std::filesystem::exists(folder / "asked") && !stop.stop_requested()) std::this_thread::yield();
    shop.world().connect()->script("CREATE VIEW late AS SELECT nick FROM users");
    std::ofstream(folder / "ready") << "";
  });
  const Outcome outcome = shop.run({"contract", "--accept-data-loss"});
  CHECK(outcome.status == 1);
  CHECK(outcome.out.find("contract of 0001_change is refused, the window stays open:\n") == 0);
  CHECK(outcome.out.find("late") != std::string::npos);
}

TEST_CASE("prune leaves what an open window or an attic needs", "[snapshot]") {
  const Shop shop(Dialect::sqlite, "before_expand = \"tables\"\nbefore_contract = \"schema\"\n");
  shop.succeed({"snapshot", "create", "old"});
  shop.succeed({"expand"});
  const Words all{"snapshot", "prune", "--keep", "0", "--keep-for", "0"};
  CHECK(shop.succeed({"snapshot", "prune"}) == "nothing to prune\n");
  CHECK(shop.succeed({"snapshot", "prune", "--keep", "0", "--keep-for", "0", "--dry-run"})
        == "test-pre-0001 stays: the window of 0001_change is open\nold would be removed\n");
  CHECK(shop.succeed(all) == "test-pre-0001 stays: the window of 0001_change is open\nold is removed\n");
  CHECK(shop.stored() == Words{"test-pre-0001"});
  shop.succeed({"contract", "--accept-data-loss"}); // a retention of 0 purges at once
  CHECK(shop.succeed(all)
        == "test-pre-0001-purge is removed\ntest-pre-0001-contract is removed\ntest-pre-0001 is removed\n");
  CHECK(shop.stored().empty());
}

TEST_CASE("prune tells what it has removed, also where a server for scratch databases is not there",
          "[snapshot]") {
  if (!PostgresServer::instance().has_pg_dump()) return;
  const Shop shop(Dialect::postgres, "scratch = \"postgres://somebody:secret@127.0.0.1:1/x\"\n");
  shop.succeed({"snapshot", "create", "old", "--kind", "schema"});
  const Words prune{"snapshot", "prune", "--keep", "0", "--keep-for", "0"};
  const Outcome done = shop.run(prune);
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK(done.out.starts_with("old is removed\nwhat killed runs have left on a server is not known: cannot "
                             "connect to the server of `scratch` under [snapshot]: "));
  CHECK(done.out.find("secret") == std::string::npos);
  CHECK(shop.stored().empty());
}

TEST_CASE("a snapshot of a phase that did not begin need not stay once there is another", "[snapshot]") {
  const Shop shop(each_dialect(), "before_contract = \"tables\"\n",
                  {"[[operation]]\ntype = \"add_check\"\ntable = \"users\"\ncheck = \"id < 10\"\n"});
  shop.succeed({"expand"});
  shop.world().connect()->script("INSERT INTO users VALUES (11, 'Eve', NULL)");
  for (int i = 0; i < 2; ++i) CHECK(shop.run({"contract"}).status == 1);
  CHECK(shop.stored() == Words{"test-pre-0001-contract", "test-pre-0001-contract-2"});
  CHECK(shop.succeed({"snapshot", "prune", "--keep", "0", "--keep-for", "0"})
        == "test-pre-0001-contract-2 stays: the window of 0001_change is open\n"
           "test-pre-0001-contract is removed\n");
  CHECK(shop.run({"verify"}).out.find("the history names it") == std::string::npos);
}

TEST_CASE("no password is in a snapshot or in the arguments of pg_dump", "[snapshot]") {
  PostgresServer& server = PostgresServer::instance();
  if (!server.has_pg_dump()) return;
  const TempFolder tools;
  std::ofstream(tools / "pg_dump") << "#!/bin/sh\necho \"$@\" >> " << (tools / "arguments").string()
                                   << "\nexec /usr/lib/postgresql/15/bin/pg_dump \"$@\"\n";
  std::filesystem::permissions(tools / "pg_dump", std::filesystem::perms(0755));
  Shop shop(Dialect::postgres, fmt::format("programs = \"{}\"\n", tools.path().string()));
  const std::string database = *shop.world().connect()->query("SELECT current_database()").scalar();
  for (const char* kind : {"full", "tables", "schema"}) {
    const Outcome outcome =
        shop.run_at(server.tcp_url(database, "migrator", "secret"), {"snapshot", "create", "--kind", kind});
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
  }
  CHECK(read_file(tools / "arguments").find("--schema-only") != std::string::npos);
  CHECK(read_file(tools / "arguments").find("secret") == std::string::npos);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(shop.store()))
    if (entry.path().extension() == ".json")
      CHECK(read_file(entry.path()).find("secret") == std::string::npos);
}

TEST_CASE("the example does what its page says", "[snapshot]") {
  const TempFolder folder;
  std::filesystem::copy(example("snapshots"), folder.path(), std::filesystem::copy_options::recursive);
  const std::string file = (folder / "example.db").string();
  open_database({.url = "sqlite:" + file, .safe_url = file, .must_exist = false})
      ->script(read_file(folder / "schema.sql"));
  int commands = 0;
  for (const std::string& line : split(read_file(folder / "README.md"), '\n')) {
    if (!line.starts_with("    afloat ")) continue;
    const Words words = split(line.substr(11), ' ');
    const Outcome outcome = run({afloat_program(), words, folder.path().string(), {}});
    INFO(line << "\n" << outcome.out << outcome.err);
    REQUIRE(outcome.status == 0);
    ++commands;
  }
  CHECK(commands == 7);
  const std::string before = "sqlite:" + (folder / "before.db").string();
  CHECK(values(*open_database({before, before}), "SELECT nickname FROM users ORDER BY id")
        == Words{"countess", "NULL", "queen"});
}
} // namespace afloat::test
