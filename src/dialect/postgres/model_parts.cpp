#include "dialect/postgres/model_parts.hpp"

#include "dialect/postgres/names.hpp"
#include "support/text.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
using Columns = std::vector<const SchemaObject*>;

/// What stands behind the type.
std::string column_rest(const SchemaObject& column) {
  std::string text = in_parentheses("OPTIONS", column.value("server options"));
  if (const std::string_view name = column.value("not null name"); !name.empty())
    text += fmt::format(" CONSTRAINT {}", name);
  if (!column.value("not null").empty())
    text += column.value("not null") == "no inherit" ? " NOT NULL NO INHERIT" : " NOT NULL";
  if (!column.value("default").empty()) text += fmt::format(" DEFAULT {}", column.value("default"));
  if (!column.value("identity sequence").empty()) // a partition counts with its parent's
    text += fmt::format(" GENERATED {} AS IDENTITY ({})", column.value("identity"),
                        column.value("identity sequence"));
  if (!column.value("generated").empty())
    text += fmt::format(" GENERATED ALWAYS AS ({}) {}", column.value("generated"),
                        column.value("virtual").empty() ? "STORED" : "VIRTUAL");
  return text;
}

/// The type says which columns there are; only what it does not say is given.
std::string typed_columns(const Columns& columns) {
  std::vector<std::string> definitions;
  for (const SchemaObject* column : columns)
    if (const std::string rest = column_rest(*column); !rest.empty())
      definitions.push_back(fmt::format("\n  {} WITH OPTIONS{}", column->name, rest));
  return definitions.empty() ? std::string() : fmt::format(" ({})", join(definitions, ","));
}

std::string own_columns(const Columns& columns, Descent descent) {
  std::vector<std::string> definitions;
  for (const SchemaObject* column : columns)
    if (column->value("inherited").empty() || descent == Descent::attached)
      definitions.push_back("\n  " + column_definition(*column));
  return fmt::format(" ({})", join(definitions, ","));
}

/// Behind CREATE TABLE.
std::vector<std::string> attachments(const SchemaObject& table) {
  std::vector<std::string> statements;
  for (const std::string& parent : parents_of(table))
    statements.push_back(table.value("partition of").empty()
                             ? fmt::format("ALTER TABLE {} INHERIT {}", table.name, parent)
                             : fmt::format("ALTER TABLE ONLY {} ATTACH PARTITION {} {}", parent, table.name,
                                           table.value("bound")));
  return statements;
}

constexpr std::array k_subscription_options{
    SubscriptionOption{"slot", "slot_name", "NONE", true, false},
    SubscriptionOption{"synchronous commit", "synchronous_commit", "off", false, false},
    SubscriptionOption{"binary", "binary", "off", false, true},
    SubscriptionOption{"streaming", "streaming", "off", true, true},
    SubscriptionOption{"two phase", "two_phase", "off", false, true},
    SubscriptionOption{"disable on error", "disable_on_error", "off", false, true},
    SubscriptionOption{"origin", "origin", "any", false, true},
    SubscriptionOption{"run as owner", "run_as_owner", "off", false, true},
    SubscriptionOption{"password required", "password_required", "on", false, true},
    SubscriptionOption{"failover", "failover", "off", false, true},
};
} // namespace

std::string clause(std::string_view words, std::string_view value) {
  return value.empty() ? std::string() : fmt::format(" {} {}", words, value);
}

std::string in_parentheses(std::string_view words, std::string_view value) {
  return value.empty() ? std::string() : fmt::format("{}{} ({})", words.empty() ? "" : " ", words, value);
}

std::string column_definition(const SchemaObject& column) {
  return fmt::format("{} {}{}{}", column.name, column.value("type"),
                     clause("COLLATE", column.value("collation")), column_rest(column));
}

std::vector<std::string> table_statements(const SchemaObject& table, const Columns& columns,
                                          Descent descent) {
  const bool foreign = table.value("form") == "foreign table", made = descent == Descent::made;
  std::string text = fmt::format("CREATE {}{}TABLE {}", table.value("persistence").empty() ? "" : "UNLOGGED ",
                                 foreign ? "FOREIGN " : "", table.name);
  if (made && !table.value("partition of").empty())
    text += fmt::format(" PARTITION OF {} {}", table.value("partition of"), table.value("bound"));
  else if (!table.value("of type").empty())
    text += fmt::format(" OF {}", table.value("of type")) + typed_columns(columns);
  else
    text += own_columns(columns, descent);
  if (made) text += in_parentheses("INHERITS", table.value("inherits"));
  text += clause("PARTITION BY", table.value("partition by"));
  text += clause("USING", table.value("access method")) + in_parentheses("WITH", table.value("options"));
  text += clause("TABLESPACE", table.value("tablespace")) + clause("SERVER", table.value("server"));
  if (foreign) text += in_parentheses("OPTIONS", table.value("server options"));
  std::vector<std::string> statements{std::move(text)};
  if (descent == Descent::attached)
    for (std::string& statement : attachments(table)) statements.push_back(std::move(statement));
  return statements;
}

std::string index_name(const SchemaObject& object) {
  return object.kind == "index" ? object.name
                                : object.table.substr(0, object.table.rfind('.') + 1) + object.name;
}

std::string attachment(const SchemaObject& object) {
  return fmt::format("ALTER INDEX {} ATTACH PARTITION {}", object.value("attached to"), index_name(object));
}

std::string SubscriptionOption::sql(std::string_view value) const {
  if (value.empty()) return fmt::format("{} = {}", option, otherwise);
  if (!is_word) return fmt::format("{} = {}", option, literal(std::string(value)));
  return fmt::format("{} = {}", option, value == "yes" ? "on" : value == "no" ? "off" : value);
}

std::span<const SubscriptionOption> subscription_options() {
  return k_subscription_options;
}

} // namespace afloat::postgres
