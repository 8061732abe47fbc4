#include "dialect/postgres/expressions.hpp"
#include "dialect/postgres/replay_state.hpp"
#include "model/domains.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>

// Domains, and what the columns have from them.
namespace afloat::postgres {
namespace {
void add_check(const ParseNode& constraint, TypeDefinition& domain, const Replay& replay) {
  std::string name(constraint.text("conname"));
  std::vector<std::string> own;
  for (const Constraint& one : domain.constraints) own.push_back(one.name);
  if (name.empty())
    name = replay.free_constraint_name(domain.name.schema, domain.name.name, "", "check", own);
  const bool validated = !constraint.flag("skip_validation");
  const std::string condition =
      replace_columns(constraint["raw_expr"].expression_sql(), "", [](std::string_view word) {
        return word == "value" ? std::optional<std::string>("VALUE") : std::nullopt;
      });
  domain.constraints.push_back(
      {.name = std::move(name),
       .kind = ConstraintKind::check,
       .definition = fmt::format("CHECK (({})){}", condition, validated ? "" : " NOT VALID"),
       .validated = validated});
}

/// What DEFAULT means to a column of the domain that has none of its own.
void set_default(TypeDefinition& domain, const ParseNode& expression, const Replay& replay) {
  Column column{.type = domain.base};
  set_default(column, expression, replay);
  domain.default_sql = column.default_sql;
}

void read_domain(const ParseNode& statement, Replay& replay) {
  TypeDefinition domain{.name = replay.made(relation_of(statement.texts("domainname"))),
                        .kind = "domain",
                        .base = replay.type(statement["type_name"])};
  set_default(domain, {}, replay); // one on another domain takes over its default
  for (const ParseNode& constraint : statement.list("constraints")) {
    const std::string_view kind = constraint.word("contype");
    if (kind == "CONSTR_DEFAULT") set_default(domain, constraint["raw_expr"], replay);
    if (kind == "CONSTR_NOTNULL") domain.not_null = true;
    if (kind == "CONSTR_CHECK") add_check(constraint, domain, replay);
  }
  add_type(std::move(domain), replay);
}

using ActionFunction = void (*)(const ParseNode& statement, TypeDefinition& domain, Replay& replay);

void change_default(const ParseNode& statement, TypeDefinition& domain, Replay& replay) {
  domain.default_sql.reset();
  if (statement["def"]) set_default(domain, statement["def"], replay);
  take_domains_defaults(replay);
}

void set_not_null(const ParseNode&, TypeDefinition& domain, Replay&) {
  domain.not_null = true;
}

void drop_not_null(const ParseNode&, TypeDefinition& domain, Replay&) {
  domain.not_null = false;
}

void add_constraint(const ParseNode& statement, TypeDefinition& domain, Replay& replay) {
  if (statement["def"].word("contype") == "CONSTR_CHECK") add_check(statement["def"], domain, replay);
}

/// From PostgreSQL 17 on NOT NULL is a constraint with a name, which this model does not have.
void drop_constraint(const ParseNode& statement, TypeDefinition& domain, Replay& replay) {
  const std::string_view name = statement.text("name");
  const auto is_it = [&](const Constraint& constraint) { return constraint.name == name; };
  if (std::erase_if(domain.constraints, is_it) > 0) return;
  const int version = replay.schema.server_version;
  if (name == domain.name.name + "_not_null" && (version == 0 || version >= 170000))
    domain.not_null = false;
  else if (!statement.flag("missing_ok"))
    mark_columns_unknown(replay.printed(domain.name),
                         fmt::format("drops a constraint {} that is not known", name), replay);
}

void validate_constraint(const ParseNode& statement, TypeDefinition& domain, Replay&) {
  for (Constraint& constraint : domain.constraints) {
    if (constraint.name != statement.text("name")) continue;
    constraint.validated = true;
    constraint.definition = replaced(constraint.definition, " NOT VALID", "");
  }
}

struct ActionRow {
  std::string_view subtype; ///< AlterDomainStmt
  ActionFunction apply;
};
constexpr std::array<ActionRow, 6> k_actions{{
    {"T", change_default},
    {"O", set_not_null},
    {"N", drop_not_null},
    {"C", add_constraint},
    {"X", drop_constraint},
    {"V", validate_constraint},
}};

void read_alter_domain(const ParseNode& statement, Replay& replay) {
  const std::vector<std::string> parts = statement.texts("type_name");
  TypeDefinition* domain = find_type(parts, replay);
  const auto row = std::ranges::find(k_actions, statement.text("subtype"), &ActionRow::subtype);
  if (domain && domain->kind == "domain" && row != k_actions.end())
    return row->apply(statement, *domain, replay);
  mark_columns_unknown(replay.type_name(parts), "alters a domain that is not known", replay);
}

constexpr std::array<ReplayRow, 2> k_rows{{
    {"CreateDomainStmt", read_domain},
    {"AlterDomainStmt", read_alter_domain},
}};
} // namespace

void take_domains_default(Column& column, const Replay& replay) {
  const bool may_have = column.generated.empty() && column.identity.empty();
  const TypeDefinition* domain = may_have ? domain_of(replay.schema, column.type) : nullptr;
  const bool own = column.default_of == DefaultOf::column && column.default_sql;
  if (own || (domain && column.default_of == DefaultOf::null)) return;
  if (!domain && column.default_of == DefaultOf::column) return;
  column.default_of = domain ? DefaultOf::domain : DefaultOf::column;
  column.default_sql = domain ? domain->default_sql : std::nullopt;
  column.default_is_constant = !column.default_sql || is_constant(*column.default_sql);
}

void take_domains_defaults(Replay& replay) {
  std::set<std::string> domains;
  for (const TypeDefinition& type : replay.schema.types)
    if (type.kind == "domain") domains.insert(replay.printed(type.name));
  if (domains.empty()) return;
  for (Table& table : replay.schema.tables)
    for (Column& column : table.columns)
      if (domains.contains(column.type)) take_domains_default(column, replay);
}

void mark_columns_unknown(const std::string& type, std::string_view does, Replay& replay) {
  for (const Table& table : replay.schema.tables)
    if (std::ranges::find(table.columns, type, &Column::type) != table.columns.end())
      replay.mark_unknown(table.name, does);
}

std::span<const ReplayRow> replay_of_domains() {
  return k_rows;
}

} // namespace afloat::postgres
