#include "dialect/sql_writer.hpp"

#include "support/text.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace afloat {

std::string SqlWriter::relation(const RelationName& name) const {
  return name.schema.empty() ? identifier(name.name) : identifier(name.schema) + "." + identifier(name.name);
}

std::vector<SyncColumn> old_side(const Sync& sync) {
  std::vector<SyncColumn> side = sync.old_columns;
  if (side.empty() && !sync.old_column.empty())
    side.push_back({sync.old_column, sync.new_type, sync.down, {}, sync.required});
  for (SyncColumn& column : side)
    if (const Column* known = sync.table.find_column(column.name)) column.type = known->type;
  return side;
}

std::vector<SyncColumn> new_side(const Sync& sync) {
  std::vector<SyncColumn> side = sync.new_columns;
  if (side.empty() && !sync.new_column.empty())
    side.push_back({sync.new_column, sync.new_type, sync.up, sync.new_default});
  return side;
}

std::string names_of(const std::vector<SyncColumn>& side) {
  std::vector<std::string> names;
  for (const SyncColumn& column : side) names.push_back(column.name);
  return join(names, ", ");
}

bool is_many_sided(const Sync& sync) {
  return sync.old_columns.size() > 1 || sync.new_columns.size() > 1;
}

std::string counted_subject(const Sync& sync) {
  const std::string& table = sync.table.name.name;
  if (sync.kind == Sync::Kind::table) return table;
  if (sync.kind == Sync::Kind::condition) return fmt::format("rows of {} against {}", table, sync.up);
  if (!sync.count_left_out) return table + "." + names_of(old_side(sync));
  return sync.updates_too ? fmt::format("NULL in {}.{}", table, sync.new_column)
                          : fmt::format("INSERTs without {}.{}", table, sync.new_column);
}

Piece SqlWriter::drop_constraints_of(const Table&, std::string_view, std::string_view) const {
  throw std::logic_error("constraints are dropped one by one here");
}

std::vector<Step> SqlWriter::rebuild_steps(const Table&, const Rebuild&, Phase) const {
  throw std::logic_error("only SQLite needs to rebuild tables");
}

Table SqlWriter::rebuilt(const Table&, const Rebuild&) const {
  throw std::logic_error("nothing is rebuilt here");
}

Table SqlWriter::without_constraint(const Table&, const Constraint&) const {
  throw std::logic_error("the statement is replayed here");
}

std::string SqlWriter::rebuild_obstacle(const Table&, const Rebuild&) const {
  throw std::logic_error("only SQLite needs to rebuild tables");
}

Step combine(Phase phase, std::string title, std::vector<Piece> pieces) {
  Step step;
  step.phase = phase;
  step.title = std::move(title);
  for (Piece& piece : pieces) {
    std::ranges::move(piece.statements, std::back_inserter(step.statements));
    step.inverse.insert(step.inverse.begin(), piece.inverse.begin(), piece.inverse.end());
    for (const TableLock& lock : piece.locks) {
      const auto same = std::ranges::find(step.locks, lock.relation, &TableLock::relation);
      if (same == step.locks.end())
        step.locks.push_back(lock);
      else
        same->level = std::max(same->level, lock.level);
    }
    step.rewrites |= piece.rewrites;
    step.scans |= piece.scans;
  }
  return step;
}

} // namespace afloat
