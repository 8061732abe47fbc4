#include "dialect/postgres/facts_reader.hpp"
#include "dialect/postgres/names.hpp"
#include "support/text.hpp"

#include <array>

#include <fmt/format.h>

// Databases, tablespaces, settings of the server and replication: most of it outside of transactions.
namespace afloat::postgres {
namespace {
void make_outside(StatementFacts& facts, std::string_view words, std::string_view name) {
  facts.what = fmt::format("{} {}", words, name);
  facts.outside = true;
}

/// Of what all databases of a server share, the catalog has the others' too.
constexpr std::string_view k_subscriptions =
    "(SELECT s.subname FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid "
    "WHERE d.datname = pg_catalog.current_database()) own";

/// A statement that makes (or removes) what the catalog, or query in its place, has under the name.
void set_probe(StatementFacts& facts, std::string_view catalog, std::string_view column,
               std::string_view name, bool makes) {
  facts.done_when =
      fmt::format("SELECT CASE WHEN EXISTS (SELECT FROM {} WHERE {} = {}) THEN '{}' ELSE '{}' END", catalog,
                  column, literal(name), makes ? "done" : "absent", makes ? "absent" : "done");
}

void read_drop(StatementFacts& facts, const ParseNode& statement, std::string_view catalog,
               std::string_view column, std::string_view name) {
  facts.repeatable = statement.flag("missing_ok");
  if (!facts.repeatable) set_probe(facts, catalog, column, name, false);
}

void read_create_database(const ParseNode& statement, StatementFacts& facts) {
  make_outside(facts, "CREATE DATABASE", statement.text("dbname"));
  set_probe(facts, "pg_catalog.pg_database", "datname", statement.text("dbname"), true);
}

void read_drop_database(const ParseNode& statement, StatementFacts& facts) {
  make_outside(facts, "DROP DATABASE", statement.text("dbname"));
  read_drop(facts, statement, "pg_catalog.pg_database", "datname", statement.text("dbname"));
}

void read_alter_database(const ParseNode& statement, StatementFacts& facts) {
  facts.what = fmt::format("ALTER DATABASE {}", statement.text("dbname"));
  const ParseNode tablespace = option(statement.list("options"), "tablespace");
  if (!tablespace) return;
  facts.outside = true;
  facts.done_when = fmt::format(
      "SELECT CASE WHEN s.spcname = {} THEN 'done' ELSE 'absent' END FROM pg_catalog.pg_database d JOIN "
      "pg_catalog.pg_tablespace s ON s.oid = d.dattablespace WHERE d.datname = {}",
      literal(option_text(tablespace)), literal(statement.text("dbname")));
}

void read_create_tablespace(const ParseNode& statement, StatementFacts& facts) {
  make_outside(facts, "CREATE TABLESPACE", statement.text("tablespacename"));
  set_probe(facts, "pg_catalog.pg_tablespace", "spcname", statement.text("tablespacename"), true);
}

void read_drop_tablespace(const ParseNode& statement, StatementFacts& facts) {
  make_outside(facts, "DROP TABLESPACE", statement.text("tablespacename"));
  read_drop(facts, statement, "pg_catalog.pg_tablespace", "spcname", statement.text("tablespacename"));
}

void read_alter_system(const ParseNode& statement, StatementFacts& facts) {
  const ParseNode setting = statement["setstmt"];
  const bool sets = setting.word("kind") == "VAR_SET_VALUE" || setting.word("kind") == "VAR_SET_DEFAULT";
  make_outside(facts, sets ? "ALTER SYSTEM SET" : "ALTER SYSTEM RESET",
               setting.word("kind") == "VAR_RESET_ALL" ? "ALL" : setting.text("name"));
  facts.repeatable = true;
}

/// It needs no transaction of its own when it makes no slot on the publisher.
void read_create_subscription(const ParseNode& statement, StatementFacts& facts) {
  const std::string_view name = statement.text("subname");
  const std::vector<ParseNode> options = statement.list("options");
  make_outside(facts, "CREATE SUBSCRIPTION", name);
  facts.outside = is_on(options, "create_slot", is_on(options, "connect", true));
  if (facts.outside) set_probe(facts, k_subscriptions, "subname", name, true);
}

void read_alter_subscription(const ParseNode& statement, StatementFacts& facts) {
  facts.what = fmt::format("ALTER SUBSCRIPTION {}", statement.text("subname"));
  const std::string_view kind = statement.word("kind");
  const bool lists = kind.find("PUBLICATION") != std::string_view::npos || kind.ends_with("_REFRESH");
  facts.outside = lists && is_on(statement.list("options"), "refresh", true);
  facts.repeatable =
      facts.outside && !kind.ends_with("ADD_PUBLICATION") && !kind.ends_with("DROP_PUBLICATION");
}

/// It drops the slot on the publisher, unless the subscription has none; then it may also run outside.
void read_drop_subscription(const ParseNode& statement, StatementFacts& facts) {
  make_outside(facts, "DROP SUBSCRIPTION", statement.text("subname"));
  read_drop(facts, statement, k_subscriptions, "subname", statement.text("subname"));
}

void read_publication(const ParseNode& statement, StatementFacts& facts) {
  facts.what = fmt::format("{} PUBLICATION {}", statement.is("CreatePublicationStmt") ? "CREATE" : "ALTER",
                           statement.text("pubname"));
  for (const ParseNode& object : statement.list("pubobjects"))
    if (object["pubtable"])
      add_lock(facts, relation_of(object["pubtable"]["relation"]), LockLevel::share_update_exclusive);
}

constexpr std::array<FactsRow, 11> k_rows{{
    {"CreatedbStmt", read_create_database},
    {"DropdbStmt", read_drop_database},
    {"AlterDatabaseStmt", read_alter_database},
    {"CreateTableSpaceStmt", read_create_tablespace},
    {"DropTableSpaceStmt", read_drop_tablespace},
    {"AlterSystemStmt", read_alter_system},
    {"CreateSubscriptionStmt", read_create_subscription},
    {"AlterSubscriptionStmt", read_alter_subscription},
    {"DropSubscriptionStmt", read_drop_subscription},
    {"CreatePublicationStmt", read_publication},
    {"AlterPublicationStmt", read_publication},
}};
} // namespace

std::span<const FactsRow> facts_of_servers() {
  return k_rows;
}

} // namespace afloat::postgres
