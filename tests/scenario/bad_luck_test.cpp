#include "scenario/transcript.hpp"
#include "support/golden.hpp"
#include "support/postgres_server.hpp"

#include <filesystem>
#include <fstream>
#include <functional>

#include <catch2/catch.hpp>
#include <fmt/format.h>

// Each kind of bad luck: message, hint and exit status stand in tests/scenario/expected/; nothing may be
// changed by it, and the next command works.
namespace afloat::test {
namespace {
const Dialect k_dialects[] = {Dialect::sqlite, Dialect::postgres};
constexpr std::string_view k_users =
    "CREATE TABLE users (id integer PRIMARY KEY, user_name text NOT NULL, email text);"
    "INSERT INTO users VALUES (1, 'ada', 'a@x'), (2, 'bert', 'a@x'), (3, 'cleo', 'c@x')";

std::string rename(const std::string& table = "users", const std::string& from = "user_name") {
  return fmt::format(
      "[[operation]]\ntype = \"rename_column\"\ntable = \"{}\"\nfrom = \"{}\"\nto = \"username\"\n", table,
      from);
}

std::string add(const std::string& column, const std::string& rest = "") {
  return fmt::format("[[operation]]\ntype = \"add_column\"\ntable = \"users\"\ncolumn = \"{}\"\n"
                     "column_type = \"integer\"\n{}",
                     column, rest);
}

/// A world with users, and a transcript of what goes wrong in it.
struct Case {
  std::unique_ptr<World> world;
  Transcript log;

  explicit Case(Dialect dialect) : world(prepared(dialect)), log(*world) {}
  static std::unique_ptr<World> prepared(Dialect dialect) {
    auto world = make_world(dialect);
    world->prepare(k_users);
    return world;
  }
  bool postgres() const { return world->dialect() == Dialect::postgres; }
  /// Runs the command and finds the database as it was.
  Outcome unchanged(const std::vector<std::string>& arguments) {
    const std::string before = world->dump();
    const Outcome outcome = log.afloat(arguments);
    CHECK(difference(before, world->dump()) == "");
    return outcome;
  }
};

void on_both(const std::string& name, const std::function<void(Case&)>& body) {
  for (const Dialect dialect : k_dialects) {
    Case one(dialect);
    body(one);
    one.log.check(name);
  }
}

TEST_CASE("a URL that is none is refused with the forms that there are", "[scenario]") {
  on_both("url", [](Case& c) {
    c.log.migration("0001_rename", rename());
    c.log.afloat_at("mysql://me:hush@db/shop", {"status"});
    c.log.afloat_at("app.db", {"status"});
    c.log.afloat_at("", {"status"});
  });
}

TEST_CASE("a command line that is wrong is told what would be right", "[scenario]") {
  on_both("usage", [](Case& c) {
    c.log.afloat({"expnd"});
    c.log.afloat({"contract", "--quite", "2s"});
    c.log.afloat({"contract", "--quiet", "soon"});
    c.log.afloat({"status", "--output", "yaml"});
    c.log.afloat({"attic"});
    c.log.afloat({"expand", "abc"});
    c.log.afloat({"new", "a b"});
    c.log.afloat({"attic", "purge", "--retention", "never"});
  });
}

TEST_CASE("a variable that is not set is named", "[scenario]") {
  Case c(Dialect::sqlite);
  std::ofstream(c.log.folder() / "afloat.toml") << "[env.default]\nurl = \"${SHOP_DATABASE_URL}\"\n";
  c.log.afloat_at("", {"status"});
  c.log.check("variable");
}

TEST_CASE("a server that does not answer or does not let in is told apart", "[scenario]") {
  Case c(Dialect::postgres);
  PostgresServer& server = PostgresServer::instance();
  const std::string name = c.world->connect()->facts().database;
  c.log.migration("0001_rename", rename());
  c.log.afloat_at("postgres://me:hush@127.0.0.1:1/shop", {"expand"});
  c.log.afloat_at("postgres:///shop?host=/nowhere", {"expand"});
  c.log.afloat_at("postgres://me:hush@no-such-host.invalid/shop", {"expand"});
  c.log.afloat_at(server.tcp_url(name, "migrator", "hush"), {"expand"});
  c.log.afloat_at(server.url("no_such_database"), {"expand"});
  c.log.afloat_at(server.url(name, "nobody_here"), {"expand"});
  // The files are read beside the connecting; what is wrong with them is told first all the same.
  c.log.migration("0001_again", rename());
  c.log.afloat_at("postgres://me:hush@127.0.0.1:1/shop", {"status"});
  c.log.check("server");
}

TEST_CASE("a role without the right to change the schema is named", "[scenario]") {
  Case c(Dialect::postgres);
  c.log.also_replace(c.world->app_url(), "APP_URL");
  c.log.migration("0001_rename", rename());
  const std::string before = c.world->dump();
  c.log.afloat_at(c.world->app_url(), {"expand"});
  c.log.afloat_at(c.world->app_url(), {"status"});
  CHECK(difference(before, c.world->dump()) == "");
  c.log.check("no_right");
}

TEST_CASE("a role that is read-only by default is refused before anything is tried", "[scenario]") {
  Case c(Dialect::postgres);
  c.log.migration("0001_rename", rename());
  const std::string name = c.world->connect()->facts().database;
  const auto admin = PostgresServer::instance().connect("postgres", "postgres");
  admin->script(fmt::format("ALTER DATABASE {} SET default_transaction_read_only = on", name));
  const std::string before = c.world->dump();
  c.log.afloat({"expand"});
  c.log.afloat({"status"});
  admin->script(fmt::format("ALTER DATABASE {} RESET default_transaction_read_only", name));
  CHECK(difference(before, c.world->dump()) == "");
  CHECK(c.log.afloat({"expand", "-q"}).status == 0);
  c.log.check("read_only_role");
}

TEST_CASE("a file that is no database or that is not there is refused", "[scenario]") {
  Case c(Dialect::sqlite);
  c.log.migration("0001_rename", rename());
  std::ofstream(c.log.folder() / "text.db") << std::string(5000, 'x');
  c.log.afloat_at("sqlite:text.db", {"expand"});
  c.log.afloat_at("sqlite:text.db", {"status"});
  c.log.afloat_at("sqlite:nowhere/app.db", {"expand"});
  c.log.afloat_at("sqlite:other.db", {"expand"});
  c.log.afloat_at("sqlite:migrations", {"expand"});
  CHECK_FALSE(std::filesystem::exists(c.log.folder() / "other.db"));
  c.log.check("not_a_database");
}

TEST_CASE("a database that another process holds is busy, and free afterwards", "[scenario]") {
  on_both("busy", [](Case& c) {
    std::ofstream(c.log.folder() / "afloat.toml")
        << "[env.default]\nlock_total = \"300ms\"\nlock_timeout = \"50ms\"\n[contract]\nquiet = \"0\"\n";
    c.log.migration("0001_rename", rename());
    const std::string before = c.world->dump();
    const auto other = c.world->connect();
    other->script(c.postgres() ? "BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE" : "BEGIN IMMEDIATE");
    const Outcome outcome = c.log.afloat({"expand", "-q"});
    CHECK(outcome.status == 5);
    other->script("ROLLBACK");
    CHECK(difference(before, c.world->dump()) == "");
    c.log.afloat({"expand", "-q"});
  });
}

TEST_CASE("an unknown table or column is looked for, and the nearest is offered", "[scenario]") {
  on_both("unknown", [](Case& c) {
    c.log.migration("0001_rename", rename("user"));
    c.unchanged({"expand"});
    c.unchanged({"plan"});
    c.log.migration("0001_rename", rename("accounts"));
    c.unchanged({"expand"});
    c.log.migration("0001_rename", rename("shop.users"));
    c.unchanged({"expand"});
    c.log.migration("0001_rename", rename("users", "username"));
    c.unchanged({"expand"});
    c.log.migration("0001_rename", rename("users", "phone"));
    c.unchanged({"expand"});
    c.log.migration("0001_rename", rename());
    c.log.afloat({"expand", "-q"});
  });
}

TEST_CASE("rows that violate are counted and listed before anything is changed", "[scenario]") {
  on_both("violations", [](Case& c) {
    c.log.migration("0001_unique_email",
                    "[[operation]]\ntype = \"create_index\"\ntable = \"users\"\nname = \"users_email\"\n"
                    "columns = [\"email\"]\nunique = true\n");
    c.unchanged({"expand"});
    c.log.afloat({"status", "--check"});
    c.world->connect()->script("UPDATE users SET email = 'b@x' WHERE id = 2");
    c.log.afloat({"expand"});
  });
}

TEST_CASE("an up that fails is found before anything is changed", "[scenario]") {
  on_both("up", [](Case& c) {
    c.log.migration("0001_age", add("age", "up = \"CAST(user_name AS integer)\"\n"));
    if (c.postgres()) c.unchanged({"expand"}); // SQLite casts anything
    c.log.migration("0001_age", add("age", "up = \"length(user_name\"\n"));
    c.unchanged({"expand"});
    c.log.migration("0001_age", add("age", "up = \"no_such_function(user_name)\"\n"));
    c.unchanged({"expand"});
    c.log.migration("0001_age", add("age", "up = \"length(usr_name)\"\n"));
    c.unchanged({"expand"});
    c.log.migration("0001_age", add("age", "up = \"length(user_name)\"\n"));
    c.log.afloat({"expand", "-q"});
  });
}

TEST_CASE("a view on a column that is to go keeps the window open", "[scenario]") {
  on_both("view", [](Case& c) {
    c.world->connect()->script("CREATE VIEW addresses AS SELECT id, email FROM users");
    c.log.migration("0001_drop",
                    "[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\ncolumn = \"email\"\n");
    c.log.afloat({"expand"});
    c.unchanged({"contract"});
    c.world->connect()->script("DROP VIEW addresses");
    c.log.afloat({"contract", "-q", "--accept-drift", "the view is gone"});
  });
}

TEST_CASE("an old release that still writes keeps the window open", "[scenario]") {
  on_both("old_side", [](Case& c) {
    c.log.migration("0001_rename", rename());
    c.log.afloat({"expand", "-q"});
    const std::filesystem::path stop = c.log.folder() / "stop";
    const std::string sql = "UPDATE users SET user_name = user_name || '.' WHERE id = 1";
    // The old release: writes without end, as its own process.
    const std::string loop =
        c.postgres()
            ? fmt::format("while [ ! -e '{}' ]; do /usr/lib/postgresql/15/bin/psql -qd '{}' -c \"{}\"; done",
                          stop.string(), c.world->app_url(), sql)
            : fmt::format("while [ ! -e '{}' ]; do sqlite3 -cmd '.timeout 5000' '{}' \"{}\"; done",
                          stop.string(), c.world->url().substr(7), sql);
    Running old({"/bin/sh", {"-c", loop}, "/tmp", {}});
    const Outcome outcome = afloat(*c.world, c.log.folder(), {"contract", "--quiet", "2s", "-q"});
    std::ofstream(stop) << "";
    old.wait();
    CHECK(outcome.status == 1);
    CHECK(outcome.out.starts_with("contract of 0001_rename is refused, the window stays open:\n"));
    CHECK(outcome.out.find(" in the last ") != std::string::npos);
    CHECK(outcome.out.find("in the last 2.0 s") != std::string::npos);
    CHECK(outcome.out.find("an old release is still at work") != std::string::npos);
    CHECK(outcome.err == "");
    c.log.afloat({"contract", "-q"});
  });
}

TEST_CASE("files and ledger that disagree are told apart", "[scenario]") {
  on_both("files", [](Case& c) {
    c.log.migration("0001_rename", rename());
    c.log.afloat({"migrate", "-q"});
    c.log.note("changed");
    c.log.migration("0001_rename", rename() + "# a comment\n");
    c.unchanged({"expand"});
    c.unchanged({"status"});
    c.unchanged({"verify"});
    c.log.note("missing");
    c.log.remove("migrations/0001_rename.toml");
    c.unchanged({"expand"});
    c.unchanged({"verify"});
    c.log.note("below the highest applied");
    c.log.migration("0001_rename", rename());
    c.log.migration("0000_late", add("late"));
    c.unchanged({"expand"});
    c.log.remove("migrations/0000_late.toml");
    c.log.note("twice");
    c.log.migration("1_again", add("again"));
    c.unchanged({"expand"});
    c.log.remove("migrations/1_again.toml");
    c.log.note("all is well");
    c.log.afloat({"verify"});
  });
}

TEST_CASE("a ledger of a newer afloat is left alone", "[scenario]") {
  on_both("newer", [](Case& c) {
    c.log.migration("0001_rename", rename());
    c.log.afloat({"expand", "-q"});
    c.world->connect()->script(c.postgres() ? "UPDATE afloat.meta SET format = 99"
                                            : "UPDATE afloat_meta SET format = 99");
    c.unchanged({"status"});
    c.unchanged({"contract"});
    c.unchanged({"abort"});
  });
}

TEST_CASE("abort needs a name where several windows are open", "[scenario]") {
  on_both("several", [](Case& c) {
    c.log.migration("0001_rename", rename());
    c.log.migration("0002_age", add("age", "up = \"length(email)\"\n"));
    c.log.afloat({"expand", "-q"});
    c.unchanged({"abort"});
    c.unchanged({"abort", "3"});
    c.log.afloat({"abort", "2", "-q"});
    c.log.afloat({"abort", "-q"});
  });
}

TEST_CASE("a migration that touches an open window waits", "[scenario]") {
  on_both("waits", [](Case& c) {
    c.log.migration("0001_rename", rename());
    c.log.migration(
        "0002_drop",
        "[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\ncolumn = \"username\"\ndown = \"''\"\n");
    c.log.afloat({"expand", "-q"});
    c.log.afloat({"contract", "-q"});
    c.log.afloat({"expand", "-q"});
  });
}

TEST_CASE("what is gone for good is asked for twice", "[scenario]") {
  on_both("loss", [](Case& c) {
    c.log.migration("0001_drop",
                    "[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\ncolumn = \"email\"\n");
    c.log.afloat({"migrate", "-q"});
    c.unchanged({"abort", "1"});
    c.unchanged({"attic", "purge"});
    c.unchanged({"attic", "purge", "--retention", "0"});
    c.log.afloat({"attic", "purge", "--retention", "0", "--accept-data-loss", "-q"});
  });
}
} // namespace
} // namespace afloat::test
