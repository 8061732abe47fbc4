#include "dialect/sql_writer.hpp"

#include <algorithm>
#include <iterator>

namespace afloat {
namespace {
void merge(std::vector<TableLock>& locks, const TableLock& lock) {
  const auto known = std::find_if(locks.begin(), locks.end(),
                                  [&](const TableLock& other) { return other.relation == lock.relation; });
  if (known == locks.end())
    locks.push_back(lock);
  else
    known->level = std::max(known->level, lock.level);
}
} // namespace

std::string SqlWriter::relation(const RelationName& name) const {
  return name.schema.empty() ? identifier(name.name) : identifier(name.schema) + "." + identifier(name.name);
}

Step combine(Phase phase, std::string title, std::vector<Piece> pieces) {
  Step step;
  step.phase = phase;
  step.title = std::move(title);
  for (Piece& piece : pieces) {
    std::move(piece.statements.begin(), piece.statements.end(), std::back_inserter(step.statements));
    step.inverse.insert(step.inverse.begin(), std::make_move_iterator(piece.inverse.begin()),
                        std::make_move_iterator(piece.inverse.end()));
    for (const TableLock& lock : piece.locks) merge(step.locks, lock);
    step.rewrites = step.rewrites || piece.rewrites;
    step.scans = step.scans || piece.scans;
  }
  return step;
}

} // namespace afloat
