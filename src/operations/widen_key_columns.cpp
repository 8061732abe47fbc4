#include "operations/widen_key_columns.hpp"

#include "model/inheritance.hpp"
#include "sql/foreign_key.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::chrono::milliseconds k_longest_swap{50};
constexpr std::array<std::string_view, 3> k_integers{"smallint", "integer", "bigint"};

WidenedColumn widened(const OperationContext& context, const Table& table, const Column& column,
                      std::size_t before) {
  const std::string id = sync_id(context);
  return {&table, &column, before == 0 ? id : fmt::format("{}_{}", id, before + 1),
          context.sql.fitting_name(fmt::format("_afloat_new_{}_{}", context.version, column.name)),
          attic_name(context, column.name)};
}

/// `own`: the column that points at the key.
void refuse_key(const OperationSpec& spec, const OperationContext& context, const Table& table,
                const Constraint& constraint, const Column* own) {
  const std::string subject = fmt::format("foreign key {} of {}", constraint.name, display(table.name));
  if (!table.inheritance.empty())
    throw invalid(spec, context, "column",
                  fmt::format("{} is of a table that is {}, whose columns cannot get a successor", subject,
                              table.inheritance),
                  way_out_of_inheritance(table));
  if (own && own->default_sql && constraint.definition.find(" SET DEFAULT") != std::string::npos)
    throw invalid(spec, context, "column",
                  fmt::format("{} sets a default, which the successor of {} has only from contract on",
                              subject, own->name),
                  "Drop it first, and add it again after contract. Nothing was changed.");
}

/// ALTER TABLE cannot change a partition key, and a trigger cannot move a row to another partition.
void refuse_partition_key(const OperationSpec& spec, const OperationContext& context, const Table& table,
                          const Column& column) {
  for (const ColumnUser& user : table.users)
    if (user.kind == "partition key" && user.column == column.name)
      throw invalid(spec, context, "column",
                    fmt::format("{}.{} is in the {}, which the server lets no other column take",
                                display(table.name), column.name, user.words),
                    "Make a new table that is partitioned by the wider column, and move the rows to it in a "
                    "migration in SQL. Nothing was changed.");
}

/// Those that point at the table in the order in which they began to: the server fires the triggers of
/// foreign keys in the order in which these were made.
std::vector<const Table*> in_order_of_keys(const Schema& schema, const Table& target) {
  std::vector<const Table*> tables;
  for (const Table& table : schema.tables) tables.push_back(&table);
  std::ranges::stable_sort(tables, {}, [&](const Table* table) {
    return std::ranges::find(target.referenced_by, table->name) - target.referenced_by.begin();
  });
  return tables;
}

/// What points at one column joins the others.
void follow(const OperationSpec& spec, const OperationContext& context, const WidenedColumn& at,
            WidenedKey& key) {
  for (const Table* pointing : in_order_of_keys(context.before, *at.table)) {
    const Table& table = *pointing;
    if (table.inheritance.starts_with("a partition of ")) continue; // it has them from the whole table
    for (const Constraint& constraint : table.constraints) {
      if (constraint.kind != ConstraintKind::foreign_key || is_own_name(constraint.name)
          || constraint.references != at.table->name)
        continue;
      const ForeignKeyText text = parse_foreign_key(constraint.definition);
      const auto place = std::ranges::find(text.referenced, at.column->name) - text.referenced.begin();
      if (place == std::ssize(text.referenced)) continue;
      const Column* column = table.find_column(text.columns.at(static_cast<std::size_t>(place)));
      refuse_key(spec, context, table, constraint, column);
      if (!column || !holds_more(key.type, column->type)) {
        const auto same = [&](const PointingKey& other) {
          return other.table.name == table.name && other.constraint.name == constraint.name;
        };
        if (std::ranges::none_of(key.pointing, same)) key.pointing.push_back({table, constraint});
        continue;
      }
      const auto known = [&](const WidenedColumn& each) {
        return each.table == &table && each.column == column;
      };
      if (std::ranges::none_of(key.columns, known))
        key.columns.push_back(widened(context, table, *column, key.columns.size()));
    }
  }
}
} // namespace

bool holds_more(std::string_view to, std::string_view from) {
  const auto wide = std::ranges::find(k_integers, to), narrow = std::ranges::find(k_integers, from);
  return wide != k_integers.end() && narrow < wide;
}

WidenedKey widened_key(const OperationSpec& spec, const OperationContext& context, const Table& table,
                       const Column& column, const std::string& type) {
  WidenedKey key{type, {widened(context, table, column, 0)}, {}};
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    const WidenedColumn at = key.columns[i]; // the list grows
    refuse_partition_key(spec, context, *at.table, *at.column);
    follow(spec, context, at, key);
  }
  // One of several columns that are widened is a member's constraint already.
  std::erase_if(key.pointing, [&](const PointingKey& pointing) {
    return std::ranges::any_of(key.columns, [&](const WidenedColumn& each) {
      return each.table->name == pointing.table.name
             && std::ranges::count(pointing.constraint.columns, each.column->name) > 0;
    });
  });
  return key;
}

std::chrono::milliseconds swap_time(const WidenedKey& key) {
  // Microseconds on PostgreSQL 18, which takes longest; see docs/reference/operations/widen_key.md.
  constexpr std::int64_t k_always = 8000, k_of_key = 1500, k_of_reference = 700;
  std::int64_t time = 0;
  std::vector<RelationName> seen;
  const auto add = [&](const Table& table, bool has_key) {
    if (std::ranges::count(seen, table.name) > 0) return;
    seen.push_back(table.name);
    time += static_cast<std::int64_t>(table.partitions.size()) * (has_key ? k_of_key : k_of_reference);
  };
  for (const WidenedColumn& one : key.columns)
    add(*one.table, std::ranges::any_of(one.table->indexes, [&](const Index& index) {
      return !index.constraint.empty() && uses_column(index, *one.table, one.column->name);
    }));
  for (const PointingKey& pointing : key.pointing) add(pointing.table, false);
  return time == 0 ? std::chrono::milliseconds(0) : std::chrono::milliseconds((time + k_always) / 1000);
}

void refuse_long_swap(const OperationSpec& spec, const OperationContext& context, const WidenedKey& key) {
  const std::chrono::milliseconds time = swap_time(key);
  if (time <= k_longest_swap || flag(spec.fields, "long_swap", false)) return;
  throw invalid(
      spec, context, "table",
      fmt::format("the swap works on every partition under its locks, for about {} ms, and {} ms is "
                  "the most that writers are to wait",
                  time.count(), k_longest_swap.count()),
      "Say `long_swap = true` if they may wait that long. Nothing was changed.");
}

std::vector<Sequence> sequences_of(const Schema& schema, const WidenedColumn& column, const SqlWriter& sql) {
  std::vector<std::string> named;
  if (column.column->default_sql && column.column->default_sql->find("nextval(") != std::string::npos)
    for (const Token& token : tokenize(*column.column->default_sql))
      if (token.kind == TokenKind::string) named.emplace_back(token.text);
  std::vector<Sequence> found;
  for (const Sequence& sequence : schema.sequences) {
    const RelationName& name = sequence.name;
    const bool owned = sequence.table == column.table->name && sequence.column == column.column->name;
    const auto is_meant = [&](const std::string& text) {
      const bool here = schema.resolved({"", name.name}) == name;
      return text == sql.literal(display(name)) || text == sql.literal(sql.relation(name))
             || (here && (text == sql.literal(name.name) || text == sql.literal(sql.identifier(name.name))));
    };
    if (owned || std::ranges::any_of(named, is_meant)) found.push_back(sequence);
  }
  return found;
}

} // namespace afloat
