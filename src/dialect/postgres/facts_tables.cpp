#include "dialect/postgres/facts_reader.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace afloat::postgres {

void lock_referenced(StatementFacts& facts, const ParseNode& constraint, const RelationName& from) {
  if (constraint.word("contype") != "CONSTR_FOREIGN") return;
  const RelationName referenced = relation_of(constraint["pktable"]);
  if (referenced != from) add_lock(facts, referenced, LockLevel::share_row_exclusive);
}

namespace {
void read_create_table(const ParseNode& statement, StatementFacts& facts) {
  const RelationName table = relation_of(statement["relation"]);
  set_title(facts, "CREATE TABLE", table);
  add_relation(facts, table);
  const bool partition = static_cast<bool>(statement["partbound"]);
  for (const ParseNode& parent : statement.list("inh_relations"))
    add_lock(facts, relation_of(parent),
             partition ? LockLevel::access_exclusive : LockLevel::share_update_exclusive);
  for (const ParseNode& element : statement.list("table_elts")) {
    if (element.is("TableLikeClause"))
      add_lock(facts, relation_of(element["relation"]), LockLevel::access_share);
    lock_referenced(facts, element, table);
    for (const ParseNode& constraint : element.list("constraints")) lock_referenced(facts, constraint, table);
  }
}

void read_create_foreign_table(const ParseNode& statement, StatementFacts& facts) {
  read_create_table(statement["base_stmt"], facts);
  set_title(facts, "CREATE FOREIGN TABLE", relation_of(statement["base_stmt"]["relation"]));
}

void read_create_table_as(const ParseNode& statement, StatementFacts& facts) {
  const RelationName table = relation_of(statement["into"]["rel"]);
  const bool view = statement.word("objtype") == "OBJECT_MATVIEW";
  set_title(facts, view ? "CREATE MATERIALIZED VIEW" : "CREATE TABLE", table);
  add_relation(facts, table);
  add_reads(facts, statement["query"]);
  if (statement["query"].is("ExecuteStmt")) facts.unknown = "a prepared statement";
}

void read_create_view(const ParseNode& statement, StatementFacts& facts) {
  const RelationName view = relation_of(statement["view"]);
  set_title(facts, "CREATE VIEW", view);
  add_relation(facts, view);
  add_reads(facts, statement["query"]);
  if (statement.flag("replace")) add_lock(facts, view, LockLevel::access_exclusive);
}

void read_create_sequence(const ParseNode& statement, StatementFacts& facts) {
  const RelationName sequence = relation_of(statement["sequence"]);
  set_title(facts, "CREATE SEQUENCE", sequence);
  add_relation(facts, sequence);
}

void read_alter_sequence(const ParseNode& statement, StatementFacts& facts) {
  const RelationName sequence = relation_of(statement["sequence"]);
  set_title(facts, "ALTER SEQUENCE", sequence);
  add_relation(facts, sequence);
  add_lock(facts, sequence, LockLevel::share_row_exclusive);
  const std::vector<std::string> owner = parts_of(option(statement.list("options"), "owned_by")["arg"]);
  if (owner.size() > 1) add_lock(facts, relation_of(owner, 1), LockLevel::access_share);
}

void read_create_schema(const ParseNode& statement, StatementFacts& facts) {
  facts.what = fmt::format("CREATE SCHEMA {}", statement.text("schemaname"));
  for (const ParseNode& element : statement.list("schema_elts"))
    if (element["relation"]) add_relation(facts, relation_of(element["relation"]));
}

/// Triggers, policies and rules go with their table.
bool belongs_to_table(std::string_view type) {
  return type == "OBJECT_TRIGGER" || type == "OBJECT_POLICY" || type == "OBJECT_RULE";
}

void read_drop(const ParseNode& statement, StatementFacts& facts) {
  const std::string_view type = statement.word("remove_type");
  if (type == "OBJECT_INDEX") return read_drop_index(statement, facts);
  std::vector<std::string> names;
  for (const ParseNode& object : statement.list("objects")) {
    const std::vector<std::string> parts = parts_of(object);
    names.push_back(belongs_to_table(type) ? parts.back() + " ON " + display(relation_of(parts, 1))
                                           : display(relation_of(parts)));
    if (!is_relation_type(type) && !belongs_to_table(type)) continue;
    const RelationName relation = relation_of(parts, belongs_to_table(type) ? 1 : 0);
    add_lock(facts, relation, LockLevel::access_exclusive);
    add_relation(facts, relation);
  }
  facts.what = fmt::format("DROP {} {}", object_words(type), join(names, ", "));
}

void read_rename(const ParseNode& statement, StatementFacts& facts) {
  const std::string_view type = statement.word("rename_type");
  if (!statement["relation"]) return;
  const RelationName relation = relation_of(statement["relation"]);
  const bool whole = is_relation_type(type);
  const std::string_view on = whole ? type : statement.word("relation_type");
  if (type == "OBJECT_TRIGGER" || type == "OBJECT_POLICY" || type == "OBJECT_RULE")
    facts.what =
        fmt::format("ALTER {} {} ON {}", object_words(type), statement.text("subname"), display(relation));
  else
    set_title(facts, "ALTER " + object_words(type == "OBJECT_ATTRIBUTE" ? "OBJECT_TYPE" : on), relation);
  if (type == "OBJECT_ATTRIBUTE") return;
  add_relation(facts, relation);
  if (whole) add_relation(facts, {relation.schema, std::string(statement.text("newname"))});
  add_lock(facts, relation,
           type == "OBJECT_INDEX" ? LockLevel::share_update_exclusive : LockLevel::access_exclusive);
}

void read_set_schema(const ParseNode& statement, StatementFacts& facts) {
  if (!statement["relation"]) return;
  const RelationName relation = relation_of(statement["relation"]);
  set_title(facts, "ALTER " + object_words(statement.word("object_type")), relation);
  add_lock(facts, relation, LockLevel::access_exclusive);
  add_relation(facts, relation);
  add_relation(facts, {std::string(statement.text("newschema")), relation.name});
}

void read_trigger(const ParseNode& statement, StatementFacts& facts) {
  const RelationName table = relation_of(statement["relation"]);
  facts.what = fmt::format("CREATE TRIGGER {} ON {}", statement.text("trigname"), display(table));
  add_lock(facts, table, LockLevel::share_row_exclusive);
  add_relation(facts, table);
  if (statement["constrrel"]) add_lock(facts, relation_of(statement["constrrel"]), LockLevel::access_share);
}

/// CREATE RULE and policies: statement.relation or .table.
void read_rule(const ParseNode& statement, StatementFacts& facts) {
  const bool rule = statement.is("RuleStmt");
  const RelationName table = relation_of(statement[rule ? "relation" : "table"]);
  facts.what = fmt::format("{} {} {} ON {}", statement.is("AlterPolicyStmt") ? "ALTER" : "CREATE",
                           rule ? "RULE" : "POLICY", statement.text(rule ? "rulename" : "policy_name"),
                           display(table));
  add_lock(facts, table, LockLevel::access_exclusive);
  add_relation(facts, table);
}

void read_statistics(const ParseNode& statement, StatementFacts& facts) {
  for (const ParseNode& table : statement.list("relations"))
    if (table.is("RangeVar")) add_lock(facts, relation_of(table), LockLevel::share_update_exclusive);
}

/// COMMENT takes what keeps the object from going away; on a column it is the table's lock.
void read_comment(const ParseNode& statement, StatementFacts& facts) {
  const std::string_view type = statement.word("objtype");
  const std::vector<std::string> parts = parts_of(statement["object"]);
  facts.what = "COMMENT ON " + object_words(type) + " " + join(parts, ".");
  const bool inner = type == "OBJECT_COLUMN" || type == "OBJECT_TABCONSTRAINT" || belongs_to_table(type);
  if (!inner && !is_relation_type(type)) return;
  const bool weak = type == "OBJECT_TABCONSTRAINT" || belongs_to_table(type);
  add_lock(facts, relation_of(parts, inner ? 1 : 0),
           weak ? LockLevel::access_share : LockLevel::share_update_exclusive);
}

void read_alter_domain(const ParseNode& statement, StatementFacts& facts) {
  const std::string_view subtype = statement.text("subtype");
  set_title(facts, "ALTER DOMAIN", relation_of(statement.texts("type_name")));
  // C: ADD CONSTRAINT, O: SET NOT NULL, V: VALIDATE. Every table with a column of the domain is read.
  const bool later = subtype == "C" && statement["def"].flag("skip_validation");
  facts.scans = !later && (subtype == "C" || subtype == "O" || subtype == "V");
}

/// Types and functions: no table is locked.
void read_title(const ParseNode& statement, StatementFacts& facts) {
  struct TitleRow {
    std::string_view type, words, field;
  };
  constexpr std::array<TitleRow, 6> k_titles{{
      {"CreateEnumStmt", "CREATE TYPE", "type_name"},
      {"AlterEnumStmt", "ALTER TYPE", "type_name"},
      {"CreateRangeStmt", "CREATE TYPE", "type_name"},
      {"CompositeTypeStmt", "CREATE TYPE", "typevar"},
      {"CreateDomainStmt", "CREATE DOMAIN", "domainname"},
      {"CreateFunctionStmt", "CREATE FUNCTION", "funcname"},
  }};
  const TitleRow& row = *std::ranges::find(k_titles, statement.type(), &TitleRow::type);
  const ParseNode node = statement[row.field];
  set_title(facts, statement.flag("is_procedure") ? "CREATE PROCEDURE" : row.words,
            node ? relation_of(node) : relation_of(statement.texts(row.field)));
}

constexpr std::array<FactsRow, 23> k_rows{{
    {"CreateStmt", read_create_table},
    {"CreateForeignTableStmt", read_create_foreign_table},
    {"CreateTableAsStmt", read_create_table_as},
    {"ViewStmt", read_create_view},
    {"CreateSeqStmt", read_create_sequence},
    {"AlterSeqStmt", read_alter_sequence},
    {"CreateSchemaStmt", read_create_schema},
    {"DropStmt", read_drop},
    {"RenameStmt", read_rename},
    {"AlterObjectSchemaStmt", read_set_schema},
    {"CreateTrigStmt", read_trigger},
    {"RuleStmt", read_rule},
    {"CreatePolicyStmt", read_rule},
    {"AlterPolicyStmt", read_rule},
    {"CreateStatsStmt", read_statistics},
    {"CommentStmt", read_comment},
    {"AlterDomainStmt", read_alter_domain},
    {"CreateEnumStmt", read_title},
    {"AlterEnumStmt", read_title},
    {"CreateRangeStmt", read_title},
    {"CompositeTypeStmt", read_title},
    {"CreateDomainStmt", read_title},
    {"CreateFunctionStmt", read_title},
}};
} // namespace

std::span<const FactsRow> facts_of_tables() {
  return k_rows;
}

} // namespace afloat::postgres
