#include "dialect/postgres/facts_reader.hpp"
#include "support/text.hpp"

#include <array>
#include <set>

#include <fmt/format.h>

// What would change afloat's own session or transaction, and what cannot be read.
namespace afloat::postgres {
namespace {
void refuse_transaction_control(const ParseNode&, StatementFacts& facts) {
  facts.refused = fmt::format("{}: beginning and ending transactions is afloat's part", facts.what);
  facts.hint =
      "Take it out: each phase of a migration runs in a transaction of its own. A statement that cannot "
      "run in one becomes a step by itself.";
}

void refuse_setting(const ParseNode& statement, StatementFacts& facts) {
  const std::string_view kind = statement.word("kind");
  const std::string_view name = statement.text("name");
  const bool reset = kind == "VAR_RESET" || kind == "VAR_RESET_ALL";
  if (kind == "VAR_SET_MULTI") {
    facts.what = fmt::format("SET {}", name);
    return refuse_transaction_control(statement, facts);
  }
  facts.what = fmt::format("{}{} {}", reset ? "RESET" : "SET", statement.flag("is_local") ? " LOCAL" : "",
                           kind == "VAR_RESET_ALL" ? "ALL" : name);
  facts.until_commit = statement.flag("is_local");
  if (statement.flag("is_local") && !reset) facts.ended_by = end_of_setting(name);
  if (name == "lock_timeout" && !reset) {
    facts.refused = fmt::format("{} would let this step keep others waiting", facts.what);
    facts.hint = "Take it out: each try waits for a short time, and is made again; --lock-timeout sets it.";
    return;
  }
  if (statement.flag("is_local")) return;
  facts.refused = fmt::format("{} would stay set in afloat's own session", facts.what);
  facts.hint = reset ? "Take it out: settings that are set with SET LOCAL end with their transaction."
                     : fmt::format("Write SET LOCAL {} …, which ends with the transaction.", name);
}

void read_set_constraints(const ParseNode&, StatementFacts& facts) {
  facts.until_commit = true;
}

void refuse_in_session(const ParseNode&, StatementFacts& facts) {
  facts.refused = fmt::format("{} acts on afloat's own session", facts.what);
  facts.hint = "Take it out of the migration.";
}

void read_discard(const ParseNode& statement, StatementFacts& facts) {
  facts.outside = statement.word("target") == "DISCARD_ALL";
  refuse_in_session(statement, facts);
}

void read_do(const ParseNode&, StatementFacts& facts) {
  facts.unknown = "a DO block";
}

void read_call(const ParseNode& statement, StatementFacts& facts) {
  set_title(facts, "CALL", relation_of(statement["funccall"].texts("funcname")));
  facts.unknown = "a procedure";
}

void read_execute(const ParseNode&, StatementFacts& facts) {
  facts.unknown = "a prepared statement";
}

// PostgreSQL's own extensions whose scripts make functions, types and operators, but no tables or views; and
// others of that kind that are much used.
const std::set<std::string_view> k_harmless_extensions{"adminpack",
                                                       "amcheck",
                                                       "autoinc",
                                                       "bloom",
                                                       "btree_gin",
                                                       "btree_gist",
                                                       "citext",
                                                       "cube",
                                                       "dblink",
                                                       "dict_int",
                                                       "dict_xsyn",
                                                       "earthdistance",
                                                       "file_fdw",
                                                       "fuzzystrmatch",
                                                       "hstore",
                                                       "insert_username",
                                                       "intagg",
                                                       "intarray",
                                                       "isn",
                                                       "lo",
                                                       "ltree",
                                                       "moddatetime",
                                                       "pageinspect",
                                                       "pg_freespacemap",
                                                       "pg_prewarm",
                                                       "pg_surgery",
                                                       "pg_trgm",
                                                       "pg_visibility",
                                                       "pg_walinspect",
                                                       "pgcrypto",
                                                       "pgrowlocks",
                                                       "pgstattuple",
                                                       "plpgsql",
                                                       "postgres_fdw",
                                                       "refint",
                                                       "seg",
                                                       "sslinfo",
                                                       "tablefunc",
                                                       "tcn",
                                                       "tsm_system_rows",
                                                       "tsm_system_time",
                                                       "unaccent",
                                                       "uuid-ossp",
                                                       "vector",
                                                       "xml2"};

void read_extension(const ParseNode& statement, StatementFacts& facts) {
  const std::string_view name = statement.text("extname");
  facts.what = fmt::format("{} {}", facts.what, name);
  const bool creates = statement.is("CreateExtensionStmt");
  if (!creates || !k_harmless_extensions.contains(name))
    facts.unknown = fmt::format("the script of extension {}", name);
}

void read_import(const ParseNode&, StatementFacts& facts) {
  facts.unknown = "IMPORT FOREIGN SCHEMA";
}

void read_drop_owned(const ParseNode&, StatementFacts& facts) {
  facts.unknown = "DROP OWNED";
}

constexpr std::array<FactsRow, 15> k_rows{{
    {"TransactionStmt", refuse_transaction_control},
    {"VariableSetStmt", refuse_setting},
    {"ConstraintsSetStmt", read_set_constraints},
    {"DiscardStmt", read_discard},
    {"ListenStmt", refuse_in_session},
    {"UnlistenStmt", refuse_in_session},
    {"LoadStmt", refuse_in_session},
    {"PrepareStmt", refuse_in_session},
    {"DoStmt", read_do},
    {"CallStmt", read_call},
    {"ExecuteStmt", read_execute},
    {"CreateExtensionStmt", read_extension},
    {"AlterExtensionStmt", read_extension},
    {"ImportForeignSchemaStmt", read_import},
    {"DropOwnedStmt", read_drop_owned},
}};
} // namespace

std::span<const FactsRow> facts_of_sessions() {
  return k_rows;
}

} // namespace afloat::postgres
