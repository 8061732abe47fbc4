#include "dialect/postgres/identifier.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/replay_users.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

// What goes, or changes its name, together with what hangs on it. RESTRICT makes the server refuse where
// something still hangs on an object; so what is left when a statement succeeds is the same either way.
namespace afloat::postgres {
namespace {
constexpr std::string_view k_partition_of = "a partition of ";
constexpr std::string_view k_child_of = "a child of ";
constexpr std::string_view k_parent_of = "a parent of ";

bool has(const auto& list, const auto& value) {
  return std::ranges::find(list, value) != list.end();
}

std::vector<std::string> names_behind(const std::string& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return {};
  std::vector<std::string> names;
  for (const std::string& name : split(text.substr(prefix.size()), ',')) names.push_back(trimmed(name));
  return names;
}

/// The list with one name more or less, or nothing when it is empty.
void change_list(std::string& text, std::string_view prefix, const std::string& name, bool add) {
  std::vector<std::string> names = names_behind(text, prefix);
  std::erase(names, name);
  if (add) names.push_back(name);
  text = names.empty() ? std::string() : std::string(prefix) + join(names, ", ");
}
} // namespace

std::vector<std::string> partition_parents(const Table& table) {
  return names_behind(table.inheritance, k_partition_of);
}

std::vector<RelationName> Replay::children(const RelationName& parent) const {
  std::vector<RelationName> found;
  const std::string name = printed(parent);
  for (const Table& table : schema.tables)
    if (has(names_behind(table.inheritance, k_partition_of), name)
        || has(names_behind(table.inheritance, k_child_of), name))
      found.push_back(table.name);
  return found;
}

void Replay::link(const RelationName& parent, const RelationName& child, bool partition) {
  touch(parent);
  touch(child);
  Table* below = schema.find(child);
  Table* above = schema.find(parent);
  if (below) change_list(below->inheritance, partition ? k_partition_of : k_child_of, printed(parent), true);
  if (above && !above->partitioned && !above->inheritance.starts_with(k_child_of))
    change_list(above->inheritance, k_parent_of, printed(child), true);
}

/// Its foreign keys are its own now.
void Replay::stand_for_itself(const RelationName& partition) {
  for (const Constraint& constraint : schema.find(partition)->constraints) {
    Table* other =
        constraint.kind == ConstraintKind::foreign_key ? schema.find(constraint.references) : nullptr;
    if (other && std::ranges::find(other->referenced_by, partition) == other->referenced_by.end())
      other->referenced_by.push_back(partition);
  }
}

void Replay::unlink(const RelationName& parent, const RelationName& child) {
  touch(child);
  if (Table* below = schema.find(child)) {
    const bool partition = below->inheritance.starts_with(k_partition_of);
    change_list(below->inheritance, partition ? k_partition_of : k_child_of, printed(parent), false);
    if (partition) stand_for_itself(child);
  }
  Table* above = schema.find(parent);
  if (above && above->inheritance.starts_with(k_parent_of))
    change_list(above->inheritance, k_parent_of, printed(child), false);
}

void Replay::forget_reference(const RelationName& from, const RelationName& target) {
  const Table* table = schema.find(from);
  const bool still =
      table && std::ranges::any_of(table->constraints, [&](const Constraint& constraint) {
        return constraint.kind == ConstraintKind::foreign_key && constraint.references == target;
      });
  Table* other = schema.find(target);
  if (other && !still) std::erase(other->referenced_by, from);
}

void Replay::drop_foreign_keys(const RelationName& target,
                               const std::function<bool(const Constraint&)>& which) {
  for (Table& table : schema.tables) {
    const auto gone = std::erase_if(table.constraints, [&](const Constraint& constraint) {
      return constraint.kind == ConstraintKind::foreign_key && constraint.references == target
             && which(constraint);
    });
    if (gone > 0) touch(table.name);
    forget_reference(table.name, target);
  }
}

void Replay::drop_view(const RelationName& name) {
  std::erase_if(schema.views, [&](const View& view) { return view.name == name; });
  std::erase(schema.known, name);
  std::erase_if(schema.unknown, [&](const Unknown& unknown) { return unknown.relation == name; });
}

void Replay::drop_table(const RelationName& name) {
  for (const RelationName& child : children(name)) drop_table(child);
  drop_foreign_keys(name, [](const Constraint&) { return true; });
  std::vector<RelationName> readers;
  for (const View& view : schema.views)
    if (std::ranges::any_of(view.reads, [&](const auto& read) { return read.first == name; }))
      readers.push_back(view.name);
  for (const RelationName& view : readers) drop_view(view);
  std::vector<RelationName> targets, parents;
  if (const Table* table = schema.find(name))
    for (const Constraint& constraint : table->constraints)
      if (constraint.kind == ConstraintKind::foreign_key) targets.push_back(constraint.references);
  for (const Table& table : schema.tables) parents.push_back(table.name);
  for (const RelationName& parent : parents) unlink(parent, name);
  for (Table& table : schema.tables)
    if (std::erase_if(table.partitions, [&](const Partition& partition) { return partition.name == name; })
        > 0)
      touch(table.name);
  std::erase_if(schema.tables, [&](const Table& table) { return table.name == name; });
  for (const RelationName& target : targets) forget_reference(name, target);
  std::erase_if(schema.sequences, [&](const Sequence& sequence) { return sequence.table == name; });
  std::erase(schema.known, name);
  std::erase_if(schema.unknown, [&](const Unknown& unknown) { return unknown.relation == name; });
}

void Replay::drop_relation(const RelationName& name) {
  for (Table& table : schema.tables)
    if (table.name.schema == name.schema)
      std::erase_if(table.indexes, [&](const Index& index) { return index.name == name.name; });
  for (Table& table : schema.tables)
    for (Column& column : table.columns)
      if (column.default_sql
          && std::ranges::find(schema.sequences, name, &Sequence::name) != schema.sequences.end()
          && column.default_sql->find(literal(printed(name))) != std::string::npos)
        column.default_sql.reset();
  std::erase_if(schema.sequences, [&](const Sequence& sequence) {
    if (sequence.name == name) touch(sequence.table);
    return sequence.name == name;
  });
  if (std::ranges::find(schema.views, name, &View::name) != schema.views.end()) return drop_view(name);
  drop_table(name);
}

void Replay::drop_constraint(const RelationName& name, std::string_view constraint_name) {
  Table* table = schema.find(name);
  if (!table) return;
  const auto found = std::ranges::find(table->constraints, constraint_name, &Constraint::name);
  if (found == table->constraints.end()) return;
  const Constraint gone = *found;
  touch(name);
  table->constraints.erase(found);
  if (gone.kind == ConstraintKind::primary_key) table->primary_key.clear();
  std::erase_if(table->indexes, [&](const Index& index) { return index.constraint == gone.name; });
  if (gone.kind == ConstraintKind::foreign_key) forget_reference(name, gone.references);
  if (gone.kind == ConstraintKind::primary_key || gone.kind == ConstraintKind::unique)
    drop_foreign_keys(name, [&](const Constraint& key) { return referenced_columns(key) == gone.columns; });
}

void Replay::drop_column(const RelationName& name, std::string_view column) {
  Table* table = schema.find(name);
  if (!table || !table->find_column(column)) return;
  const std::string gone(column);
  touch(name);
  const auto uses = [&](const std::string& expression) {
    return !expression.empty() && mentions(expression, name.name, gone);
  };
  std::vector<std::string> constraints, dependent;
  for (const Constraint& constraint : table->constraints)
    if (has(constraint.columns, gone)) constraints.push_back(constraint.name);
  for (const std::string& constraint : constraints) drop_constraint(name, constraint);
  std::erase_if(table->indexes, [&](const Index& index) {
    return has(index.include, gone) || uses(index.predicate)
           || std::ranges::any_of(index.parts, [&](const IndexPart& part) {
                return part.column == gone || uses(part.expression);
              });
  });
  std::erase_if(table->triggers, [&](const Trigger& trigger) { return has(trigger.update_of, gone); });
  drop_foreign_keys(name, [&](const Constraint& key) { return has(referenced_columns(key), gone); });
  std::erase_if(schema.sequences,
                [&](const Sequence& sequence) { return sequence.table == name && sequence.column == gone; });
  std::vector<RelationName> readers;
  for (const View& view : schema.views)
    if (has(view.reads, std::pair(name, gone))) readers.push_back(view.name);
  for (const RelationName& view : readers) drop_view(view);
  std::erase_if(table->columns, [&](const Column& one) { return one.name == gone; });
  for (const Column& other : table->columns)
    if (uses(other.generated)) dependent.push_back(other.name);
  for (const std::string& other : dependent) drop_column(name, other);
}

void Replay::rename_relation(const RelationName& from, const RelationName& to) {
  const std::string old_printed = printed(from), new_printed = printed(to);
  touch(from);
  touch(to);
  const auto rename = [&](RelationName& name) {
    if (name == from) name = to;
  };
  for (Table& table : schema.tables) {
    rename(table.name);
    for (RelationName& name : table.referenced_by) rename(name);
    for (Partition& partition : table.partitions) {
      rename(partition.name);
      rename(partition.parent);
    }
    for (Constraint& constraint : table.constraints) {
      if (constraint.references != from || constraint.kind != ConstraintKind::foreign_key) continue;
      touch(table.name);
      rename(constraint.references);
      constraint.definition = replaced(constraint.definition, fmt::format(" REFERENCES {}(", old_printed),
                                       fmt::format(" REFERENCES {}(", new_printed));
    }
    for (const std::string_view prefix : {k_partition_of, k_child_of, k_parent_of})
      if (has(names_behind(table.inheritance, prefix), old_printed)) {
        change_list(table.inheritance, prefix, old_printed, false);
        change_list(table.inheritance, prefix, new_printed, true);
      }
  }
  for (View& view : schema.views) {
    rename(view.name);
    for (auto& [name, column] : view.reads) rename(name);
  }
  for (Sequence& sequence : schema.sequences) rename(sequence.table);
  for (Unknown& unknown : schema.unknown) rename(unknown.relation);
  for (RelationName& name : schema.known) rename(name);
  rename_users(from, to, *this);
}

void Replay::rename_sequence(const RelationName& from, const RelationName& to) {
  const std::string old_text = literal(printed(from)) + "::regclass",
                    new_text = literal(printed(to)) + "::regclass";
  for (Sequence& sequence : schema.sequences) {
    if (sequence.name != from) continue;
    sequence.name = to;
    touch(sequence.table);
  }
  for (Table& table : schema.tables)
    for (Column& column : table.columns)
      if (column.default_sql) column.default_sql = replaced(*column.default_sql, old_text, new_text);
}

} // namespace afloat::postgres
