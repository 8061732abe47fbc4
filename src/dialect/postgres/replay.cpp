#include "dialect/postgres/identifier.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/replay_users.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "dialect/postgres/type_name.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
// Statements that leave alone all that the model has.
const std::set<std::string_view> k_harmless{"AlterCollationStmt",
                                            "AlterDatabaseRefreshCollStmt",
                                            "AlterDatabaseSetStmt",
                                            "AlterDatabaseStmt",
                                            "AlterDefaultPrivilegesStmt",
                                            "AlterEventTrigStmt",
                                            "AlterExtensionContentsStmt",
                                            "AlterFdwStmt",
                                            "AlterForeignServerStmt",
                                            "AlterFunctionStmt",
                                            "AlterObjectDependsStmt",
                                            "AlterOpFamilyStmt",
                                            "AlterOperatorStmt",
                                            "AlterOwnerStmt",
                                            "AlterRoleSetStmt",
                                            "AlterRoleStmt",
                                            "AlterStatsStmt",
                                            "AlterSubscriptionStmt",
                                            "AlterSystemStmt",
                                            "AlterTSConfigurationStmt",
                                            "AlterTSDictionaryStmt",
                                            "AlterTableMoveAllStmt",
                                            "AlterTableSpaceOptionsStmt",
                                            "AlterTypeStmt",
                                            "AlterUserMappingStmt",
                                            "CheckPointStmt",
                                            "ClosePortalStmt",
                                            "ClusterStmt",
                                            "ConstraintsSetStmt",
                                            "CopyStmt",
                                            "CreateAmStmt",
                                            "CreateCastStmt",
                                            "CreateConversionStmt",
                                            "CreateEventTrigStmt",
                                            "CreateFdwStmt",
                                            "CreateForeignServerStmt",
                                            "CreateFunctionStmt",
                                            "CreateOpClassItem",
                                            "CreateOpClassStmt",
                                            "CreateOpFamilyStmt",
                                            "CreatePLangStmt",
                                            "CreateRoleStmt",
                                            "CreateSubscriptionStmt",
                                            "CreateTableSpaceStmt",
                                            "CreateTransformStmt",
                                            "CreateUserMappingStmt",
                                            "CreatedbStmt",
                                            "DeallocateStmt",
                                            "DeclareCursorStmt",
                                            "DefineStmt",
                                            "DeleteStmt",
                                            "DiscardStmt",
                                            "DropRoleStmt",
                                            "DropSubscriptionStmt",
                                            "DropTableSpaceStmt",
                                            "DropUserMappingStmt",
                                            "DropdbStmt",
                                            "ExplainStmt",
                                            "FetchStmt",
                                            "GrantRoleStmt",
                                            "InsertStmt",
                                            "ListenStmt",
                                            "LoadStmt",
                                            "LockStmt",
                                            "MergeStmt",
                                            "NotifyStmt",
                                            "PrepareStmt",
                                            "ReassignOwnedStmt",
                                            "RefreshMatViewStmt",
                                            "ReindexStmt",
                                            "SecLabelStmt",
                                            "TransactionStmt",
                                            "TruncateStmt",
                                            "UnlistenStmt",
                                            "UpdateStmt",
                                            "VacuumStmt",
                                            "VariableShowStmt"};

std::array<std::span<const ReplayRow>, 11> all_rows() {
  return {replay_of_tables(),   replay_of_alters(), replay_of_drops(), replay_of_renames(),
          replay_of_indexes(),  replay_of_views(),  replay_of_types(), replay_of_domains(),
          replay_of_triggers(), replay_of_grants(), replay_of_users()};
}

void apply(const ParseNode& statement, Replay& replay);

/// CREATE SCHEMA name with what it makes there.
void apply_create_schema(const ParseNode& statement, Replay& replay) {
  const std::vector<std::string> path = replay.path;
  std::string place(statement.text("schemaname"));
  if (place.empty()) place = statement["authrole"].text("rolename");
  replay.path.insert(replay.path.begin(), place);
  for (const ParseNode& element : statement.list("schema_elts")) apply(element, replay);
  replay.path = path;
}

void apply(const ParseNode& statement, Replay& replay) {
  if (statement.is("CreateSchemaStmt")) return apply_create_schema(statement, replay);
  for (const auto& rows : all_rows())
    for (const ReplayRow& row : rows)
      if (row.type == statement.type()) return row.read(statement, replay);
}

bool is_readable(const ParseNode& statement) {
  if (statement.is("CreateSchemaStmt") || k_harmless.contains(statement.type())) return true;
  for (const auto& rows : all_rows())
    if (std::ranges::find(rows, statement.type(), &ReplayRow::type) != rows.end()) return true;
  return false;
}

/// What the parser cannot read may be ALTER TABLE of a newer server: then only that table is unknown.
void mark_unreadable(const std::string& sql, Replay& replay) {
  const StatementFacts known = facts(sql);
  if (known.relations.empty()) replay.mark_unknown({}, "cannot be read");
  for (const RelationName& relation : known.relations)
    replay.mark_unknown(replay.meant(relation), "cannot be read");
}

void apply(const Statement& statement, Replay& replay) {
  replay.where = statement.where.file.empty()
                     ? "a statement"
                     : fmt::format("{}:{}", statement.where.file, statement.where.line);
  replay.sql = statement.sql;
  const ParsedStatement parsed(statement.sql);
  if (parsed.error()) return mark_unreadable(statement.sql, replay);
  if (!parsed.root()) return;
  if (is_readable(parsed.root())) return apply(parsed.root(), replay);
  const std::string what = facts(statement.sql).unknown;
  const bool harmless = what.empty() && parsed.root().is("CreateExtensionStmt");
  if (!harmless) replay.mark_unknown({}, what.empty() ? "cannot be told" : "runs " + what);
}

/// numeric(8,2)[], timestamp(3) with time zone: as the server writes it, though the word may be an alias too.
bool is_as_printed(std::string_view word, std::string_view type) {
  std::string_view rest = type.substr(word.size());
  while (rest.ends_with("[]")) rest.remove_suffix(2);
  if (word == "numeric" && rest.find(',') == std::string_view::npos) return rest.empty(); // (8) is (8,0)
  if (rest.starts_with('('))
    rest.remove_prefix(std::min(rest.find_first_not_of("0123456789,", 1), rest.size()));
  if (rest.starts_with(')')) rest.remove_prefix(1);
  if (word == "numeric") return rest.empty();
  return word.starts_with("time") && (rest == " with time zone" || rest == " without time zone");
}

/// Operations write types as their author did, and leave constraints without names; the server would not.
bool is_alias(std::string_view type) {
  static constexpr std::array<std::string_view, 25> k_aliases{
      "bigserial",   "bool",    "bpchar",  "char",    "dec",         "decimal", "float",
      "float4",      "float8",  "int",     "int2",    "int4",        "int8",    "numeric",
      "serial",      "serial2", "serial4", "serial8", "smallserial", "time",    "timestamp",
      "timestamptz", "timetz",  "varbit",  "varchar"};
  static_assert(std::ranges::is_sorted(k_aliases));
  const std::string_view word = type.substr(0, type.find_first_of(" (["));
  if (is_as_printed(word, type)) return false; // of a thousand tables each may have such a column
  return type.starts_with('"') || std::ranges::binary_search(k_aliases, word) || word != lower_case(word);
}

void normalise_columns(const RelationName& name, Replay& replay) {
  for (Column& column : replay.schema.find(name)->columns) {
    if (!is_alias(column.type)) continue;
    const ParsedStatement parsed(fmt::format("CREATE TABLE t (c {})", column.type));
    const std::vector<ParseNode> elements = parsed.root().list("table_elts");
    if (elements.size() != 1) continue;
    const std::string serial = serial_type(elements[0]["type_name"]);
    column.type = serial.empty() ? replay.type(elements[0]["type_name"]) : serial;
    if (!serial.empty()) add_sequence(name, column, serial, true, replay);
  }
}

void normalise_constraints(const RelationName& name, Replay& replay) {
  Table& table = *replay.schema.find(name);
  std::vector<std::string> definitions;
  const bool has_key = std::ranges::find(table.constraints, ConstraintKind::primary_key, &Constraint::kind)
                       != table.constraints.end();
  if (!table.primary_key.empty() && !has_key) {
    std::vector<std::string> columns;
    for (const std::string& column : table.primary_key) columns.push_back(in_quotes(column));
    definitions.push_back(fmt::format("PRIMARY KEY ({})", join(columns, ", ")));
  }
  for (const Constraint& constraint : table.constraints)
    if (constraint.name.empty()) definitions.push_back(constraint.definition);
  if (definitions.empty()) return;
  std::erase_if(table.constraints, [](const Constraint& constraint) { return constraint.name.empty(); });
  std::vector<ParsedStatement> parsed; // the nodes live in them
  std::vector<NewConstraint> constraints;
  for (const std::string& definition : definitions) {
    parsed.emplace_back("ALTER TABLE t ADD " + definition);
    for (const ParseNode& action : parsed.back().root().list("cmds"))
      constraints.push_back(table_constraint(action["def"]));
  }
  add_constraints(std::move(constraints), name, true, replay);
}

/// By an operation, and not read from a server: of a thousand tables that is one.
bool is_as_written(const Table& table) {
  const auto is_key = [](const Constraint& constraint) {
    return constraint.kind == ConstraintKind::primary_key;
  };
  return std::ranges::any_of(table.columns, [](const Column& column) { return is_alias(column.type); })
         || std::ranges::any_of(table.constraints,
                                [](const Constraint& constraint) { return constraint.name.empty(); })
         || (!table.primary_key.empty() && std::ranges::none_of(table.constraints, is_key));
}

/// Of many things most are in order, and what is new stands at the end.
void sort_new(auto& things, auto by) {
  const auto begin = std::ranges::is_sorted_until(things, {}, by);
  std::ranges::sort(begin, things.end(), {}, by);
  std::ranges::inplace_merge(things, begin, {}, by);
}

void sort_by_name(auto& things) {
  sort_new(things, [](const auto& thing) -> const auto& { return thing.name; });
}

/// Foreign keys last, in the order in which they were made.
void put_in_order(std::vector<Constraint>& constraints) {
  if (constraints.size() < 2) return;
  const auto is_other = [](const Constraint& one) { return one.kind != ConstraintKind::foreign_key; };
  const auto keys = std::ranges::stable_partition(constraints, is_other);
  std::ranges::sort(constraints.begin(), keys.begin(), {}, &Constraint::name);
}

/// A partition has the foreign keys of its parent, which stands for it.
void leave_out_partitions(std::vector<RelationName>& referring, const Replay& replay) {
  const std::vector<RelationName> all = referring;
  for (const RelationName& parent : all)
    if (const Table* above = replay.schema.find(parent); above && above->partitioned)
      for (const RelationName& partition : replay.children(parent)) std::erase(referring, partition);
}

/// As the inspector reads it, and in that order.
void put_in_order(Replay& replay) {
  Schema& schema = replay.schema;
  follow_partitions(replay);
  for (Table& table : schema.tables) {
    leave_out_partitions(table.referenced_by, replay);
    sort_by_name(table.indexes);
    put_in_order(table.constraints);
    sort_by_name(table.triggers);
    std::ranges::sort(table.publications);
  }
  sort_by_name(schema.views);
  for (TypeDefinition& type : schema.types) sort_by_name(type.constraints);
  sort_by_name(schema.types);
  sort_by_name(schema.sequences);
  sort_new(schema.known, std::identity());
  tidy_users(replay);
}
} // namespace

void replay(std::span<const Statement> statements, Schema& schema) {
  Replay replay(schema);
  std::vector<RelationName> names;
  for (const Table& table : schema.tables)
    if (is_as_written(table)) names.push_back(table.name);
  for (const RelationName& name : names) {
    if (!schema.find(name)) continue; // made with an empty search_path: the server refuses that
    normalise_columns(name, replay);
    normalise_constraints(name, replay);
  }
  take_domains_defaults(replay); // of columns that operations made
  if (!statements.empty()) replay.touched.emplace(names.begin(), names.end());
  for (const Statement& statement : statements) apply(statement, replay);
  put_in_order(replay);
}

} // namespace afloat::postgres
