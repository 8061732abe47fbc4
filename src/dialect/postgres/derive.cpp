#include "dialect/postgres/derive.hpp"

#include "dialect/postgres/names.hpp"
#include "dialect/postgres/server_words.hpp"
#include "dialect/postgres/sides.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
/// Names that mean something else inside a trigger function.
bool hides_trigger_variable(std::string_view column) {
  const std::string name = lower_case(column);
  return name == "new" || name == "old" || name.starts_with("tg_") || name.starts_with("afloat_");
}

std::vector<SyncColumn> both_sides(const Sync& sync) {
  std::vector<SyncColumn> columns = old_side(sync);
  for (SyncColumn& column : new_side(sync)) columns.push_back(std::move(column));
  return columns;
}

/// What a person wrote for this sync.
std::vector<std::string> expressions_of(const Sync& sync) {
  if (sync.identity) return {};
  if (sync.kind == Sync::Kind::condition) return {sync.up};
  std::vector<std::string> expressions;
  for (const SyncColumn& column : both_sides(sync)) expressions.push_back(column.expression);
  return expressions;
}

/// The columns that a row has while sync runs, the new ones among them.
std::vector<std::string> columns_of(const Sync& sync) {
  std::vector<std::string> names;
  for (const Column& column : sync.table.columns) names.push_back(column.name);
  for (const SyncColumn& column : both_sides(sync))
    if (std::ranges::find(names, column.name) == names.end()) names.push_back(column.name);
  return names;
}

/// Of a column that the row has while sync runs, as Column has it.
std::string type_of(const Sync& sync, std::string_view column) {
  if (const Column* known = sync.table.find_column(column)) return known->type;
  const std::vector<SyncColumn> added = both_sides(sync);
  const auto found = std::ranges::find(added, column, &SyncColumn::name);
  return found != added.end() ? found->type : std::string();
}

/// The type's name, or %TYPE where it is not the server's own: for a body that runs with its owner's rights.
std::string column_type(const Sync& sync, std::string_view column) {
  const std::string type = type_of(sync, column);
  return is_servers_type(type) ? type
                               : fmt::format("{}.{}%TYPE", in_quotes(sync.table.name), in_quotes(column));
}

std::vector<std::string> mentioned(const Sync& sync, std::string_view expression) {
  std::vector<std::string> names = columns_of(sync);
  std::erase_if(names,
                [&](const std::string& name) { return !mentions(expression, sync.table.name.name, name); });
  return names;
}

bool has_own_type(const Sync& sync, const std::string& column) {
  return !is_servers_type(type_of(sync, column));
}

/// A variable would need the name of its type, which the writer may not find.
bool cannot_be_variable(const Sync& sync, const std::string& column) {
  return hides_trigger_variable(column) || (has_own_type(sync, column) && !depends_on_search_path(sync));
}

bool needs_query(const Sync& sync, std::string_view expression) {
  return std::ranges::any_of(mentioned(sync, expression),
                             [&](const std::string& column) { return cannot_be_variable(sync, column); });
}

bool is_authors(const Sync& sync, const std::string& expression) {
  if (depends_on_search_path(expression)) return true;
  const std::vector<std::string> columns = mentioned(sync, expression);
  return std::ranges::any_of(columns, [&](const std::string& column) { return has_own_type(sync, column); })
         && works_on_columns(expression);
}

std::string evaluate(const Sync& sync, std::string_view expression, std::string_view target) {
  const std::string label = in_quotes(sync.table.name.name);
  if (needs_query(sync, expression))
    return fmt::format("{} := (SELECT ({}) FROM (SELECT NEW.*) AS {});", target, expression, label);
  std::string variables;
  for (const std::string& column : mentioned(sync, expression))
    variables += fmt::format("      {0} {1} := NEW.{0};\n", in_quotes(column), column_type(sync, column));
  return fmt::format("<<{}>>\n    DECLARE\n{}    BEGIN\n      {} := ({});\n    END;", label, variables,
                     target, expression);
}

/// In the attic a value that cannot be mapped must not fail the statement of whoever writes.
std::string guarded(const Sync& sync, std::string statements, std::string_view otherwise) {
  if (sync.kind != Sync::Kind::attic || is_plain_copy(sync)) return statements;
  return fmt::format("BEGIN\n    {}\n    EXCEPTION WHEN others THEN\n      {}\n    END;", statements,
                     otherwise);
}
} // namespace

bool is_plain_copy(const Sync& sync) {
  const Column* old_column = sync.table.find_column(sync.old_column);
  return sync.identity && old_column && old_column->type == sync.new_type;
}

bool depends_on_search_path(const Sync& sync) {
  return std::ranges::any_of(expressions_of(sync), [&](const std::string& expression) {
    return !expression.empty() && is_authors(sync, expression);
  });
}

std::string derive_new(const Sync& sync) {
  if (sync.kind == Sync::Kind::condition) return evaluate(sync, sync.up, "afloat_new");
  const std::vector<SyncColumn> side = new_side(sync);
  const std::vector<std::string> targets = variables(side, "afloat_new");
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < side.size(); ++i) {
    std::string text = sync.identity ? fmt::format("{} := NEW.{};", targets[i], in_quotes(sync.old_column))
                                     : evaluate(sync, side[i].expression, targets[i]);
    texts.push_back(
        guarded(sync, std::move(text), fmt::format("{} := NEW.{};", targets[i], in_quotes(side[i].name))));
  }
  return join(texts, "\n    ");
}

std::string derive_old(const Sync& sync) {
  const std::vector<SyncColumn> side = old_side(sync);
  const std::vector<std::string> targets = variables(side, "afloat_old");
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < side.size(); ++i) {
    std::string text = sync.identity ? fmt::format("{} := NEW.{};", targets[i], in_quotes(sync.new_column))
                                     : evaluate(sync, side[i].expression, targets[i]);
    texts.push_back(guarded(sync, std::move(text), targets[i] + " := NULL;"));
  }
  return join(texts, "\n    ");
}

std::string_view conflict_rule(const Sync& sync) {
  const bool query = std::ranges::any_of(
      expressions_of(sync), [&](const std::string& expression) { return needs_query(sync, expression); });
  return query ? "use_column" : "use_variable";
}

} // namespace afloat::postgres
