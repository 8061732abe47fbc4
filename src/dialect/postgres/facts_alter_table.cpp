#include "dialect/postgres/facts_reader.hpp"
#include "dialect/postgres/names.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

// The locks of ALTER TABLE's actions, as observed on PostgreSQL 13 to 18. The table gets the strongest.
namespace afloat::postgres {
namespace {
constexpr LockLevel k_own_exclusive = LockLevel::share_update_exclusive;

/// What stands in no row takes ACCESS EXCLUSIVE and leaves the rows alone.
struct ActionRow {
  std::string_view subtype;
  LockLevel level = LockLevel::access_exclusive;
  bool rewrites = false, scans = false;
};
constexpr std::array<ActionRow, 20> k_actions{{
    {"AT_SetStatistics", k_own_exclusive},
    {"AT_SetOptions", k_own_exclusive},
    {"AT_ResetOptions", k_own_exclusive},
    {"AT_ClusterOn", k_own_exclusive},
    {"AT_DropCluster", k_own_exclusive},
    {"AT_ValidateConstraint", k_own_exclusive, false, true},
    {"AT_SetNotNull", LockLevel::access_exclusive, false, true},
    {"AT_AlterColumnType", LockLevel::access_exclusive, true, true}, // free only for some old types
    {"AT_SetLogged", LockLevel::access_exclusive, true, true},
    {"AT_SetUnLogged", LockLevel::access_exclusive, true, true},
    {"AT_SetAccessMethod", LockLevel::access_exclusive, true, true},
    {"AT_SetTableSpace", LockLevel::access_exclusive, true},
    {"AT_EnableTrig", LockLevel::share_row_exclusive},
    {"AT_EnableAlwaysTrig", LockLevel::share_row_exclusive},
    {"AT_EnableReplicaTrig", LockLevel::share_row_exclusive},
    {"AT_DisableTrig", LockLevel::share_row_exclusive},
    {"AT_EnableTrigAll", LockLevel::share_row_exclusive},
    {"AT_DisableTrigAll", LockLevel::share_row_exclusive},
    {"AT_EnableTrigUser", LockLevel::share_row_exclusive},
    {"AT_DisableTrigUser", LockLevel::share_row_exclusive},
}};

// Storage parameters that other sessions may see change at any time take the weaker lock.
const std::set<std::string_view> k_heavy_options{"user_catalog_table", "fastupdate", "buffering",
                                                 "deduplicate_items"};

using ActionReader = void (*)(const RelationName& table, const ParseNode& action, StatementFacts& facts);

void read_new_column(const RelationName& table, const ParseNode& action, StatementFacts& facts) {
  static const std::set<std::string_view> k_serial{"serial",  "serial4", "bigserial",
                                                   "serial8", "serial2", "smallserial"};
  const ParseNode column = action["def"];
  const std::vector<std::string> type = column["type_name"].texts("names");
  facts.rewrites |= type.size() == 1 && k_serial.contains(type.front());
  bool has_default = facts.rewrites, not_null = false, references = false;
  for (const ParseNode& constraint : column.list("constraints")) {
    const std::string_view kind = constraint.word("contype");
    has_default |= kind == "CONSTR_DEFAULT";
    not_null |= kind == "CONSTR_NOTNULL";
    references |= kind == "CONSTR_FOREIGN";
    if (kind == "CONSTR_IDENTITY" || kind == "CONSTR_GENERATED") has_default = facts.rewrites = true;
    if (kind == "CONSTR_DEFAULT") facts.rewrites |= may_be_volatile(constraint["raw_expr"]);
    facts.scans |= kind == "CONSTR_CHECK" || kind == "CONSTR_UNIQUE" || kind == "CONSTR_PRIMARY";
    lock_referenced(facts, constraint, table);
  }
  if (column["type_name"].list("array_bounds").empty())
    facts.added.push_back({relation_of(type), has_default});
  facts.scans |= facts.rewrites || (not_null && !has_default) || (references && has_default);
}

void read_new_constraint(const RelationName& table, const ParseNode& action, StatementFacts& facts) {
  const ParseNode constraint = action["def"];
  const bool foreign = constraint.is("Constraint") && constraint.word("contype") == "CONSTR_FOREIGN";
  add_lock(facts, table, foreign ? LockLevel::share_row_exclusive : LockLevel::access_exclusive);
  lock_referenced(facts, constraint, table);
  facts.scans |= !constraint.flag("skip_validation") && constraint.text("indexname").empty();
}

void read_options(const RelationName& table, const ParseNode& action, StatementFacts& facts) {
  const std::vector<ParseNode> options = action["def"].list("items");
  const bool heavy = std::ranges::any_of(
      options, [](const ParseNode& node) { return k_heavy_options.contains(node.text("defname")); });
  add_lock(facts, table, heavy ? LockLevel::access_exclusive : k_own_exclusive);
}

void read_inherit(const RelationName& table, const ParseNode& action, StatementFacts& facts) {
  add_lock(facts, table, LockLevel::access_exclusive);
  const bool joins = action.word("subtype") == "AT_AddInherit";
  add_lock(facts, relation_of(action["def"]), joins ? k_own_exclusive : LockLevel::access_share);
}

/// ATTACH takes the weaker lock on the parent and the strong one on the partition, which is scanned; for
/// indexes there is nothing to read.
void read_attach(const RelationName& table, const ParseNode& action, StatementFacts& facts) {
  add_lock(facts, table, k_own_exclusive);
  const RelationName partition = relation_of(action["def"]["name"]);
  add_lock(facts, partition, LockLevel::access_exclusive);
  add_relation(facts, partition);
  facts.scans |= static_cast<bool>(action["def"]["bound"]);
}

void read_detach(const RelationName& table, const ParseNode& action, StatementFacts& facts) {
  const RelationName partition = relation_of(action["def"]["name"]);
  const bool concurrent = action["def"].flag("concurrent");
  const bool finalize = action.word("subtype") == "AT_DetachPartitionFinalize";
  add_lock(facts, table, concurrent || finalize ? k_own_exclusive : LockLevel::access_exclusive);
  add_lock(facts, partition, LockLevel::access_exclusive);
  add_relation(facts, partition);
  if (!concurrent) return;
  facts.outside = true;
  facts.done_when = fmt::format("SELECT coalesce((SELECT CASE WHEN inhdetachpending THEN 'partial' ELSE "
                                "'absent' END FROM pg_catalog.pg_inherits WHERE inhrelid = "
                                "pg_catalog.to_regclass({}) AND inhparent = pg_catalog.to_regclass({})), "
                                "'done')",
                                literal(in_quotes(partition)), literal(in_quotes(table)));
  facts.cleanup = {
      fmt::format("ALTER TABLE {} DETACH PARTITION {} FINALIZE", in_quotes(table), in_quotes(partition))};
}

struct ReaderRow {
  std::string_view subtype;
  ActionReader read;
};
constexpr std::array<ReaderRow, 8> k_readers{{
    {"AT_AddConstraint", read_new_constraint},
    {"AT_SetRelOptions", read_options},
    {"AT_ResetRelOptions", read_options},
    {"AT_AddInherit", read_inherit},
    {"AT_DropInherit", read_inherit},
    {"AT_AttachPartition", read_attach},
    {"AT_DetachPartition", read_detach},
    {"AT_DetachPartitionFinalize", read_detach},
}};

void read_action(const RelationName& table, const ParseNode& action, StatementFacts& facts) {
  const std::string_view subtype = action.word("subtype");
  const auto reader = std::ranges::find(k_readers, subtype, &ReaderRow::subtype);
  if (reader != k_readers.end()) return reader->read(table, action, facts);
  if (subtype == "AT_AddColumn") read_new_column(table, action, facts);
  const auto row = std::ranges::find(k_actions, subtype, &ActionRow::subtype);
  const ActionRow cost = row == k_actions.end() ? ActionRow{subtype} : *row;
  add_lock(facts, table, cost.level);
  facts.rewrites |= cost.rewrites;
  facts.scans |= cost.scans;
}

void read_alter_table(const ParseNode& statement, StatementFacts& facts) {
  const RelationName table = relation_of(statement["relation"]);
  const std::string_view type = statement.word("objtype");
  set_title(facts, "ALTER " + object_words(type), table);
  if (type == "OBJECT_TYPE") return; // a composite type: locks only tables that are made OF it
  add_relation(facts, table);
  for (const ParseNode& action : statement.list("cmds")) read_action(table, action, facts);
  if (type == "OBJECT_VIEW") add_lock(facts, table, LockLevel::access_exclusive); // its options, too
}

constexpr std::array<FactsRow, 1> k_rows{{{"AlterTableStmt", read_alter_table}}};
} // namespace

std::span<const FactsRow> facts_of_alters() {
  return k_rows;
}

} // namespace afloat::postgres
