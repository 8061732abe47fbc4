#include "dialect/key_walk.hpp"
#include "dialect/postgres/key_walk.hpp"
#include "dialect/sqlite/key_walk.hpp"

#include <utility>

namespace afloat {

RangeWork with_key_now(Database& database, RangeWork work) {
  if (work.next_bound.empty() || work.key.empty()) return work;
  return database.dialect() == Dialect::sqlite ? sqlite::with_key_now(database, std::move(work))
                                               : postgres::with_key_now(database, std::move(work));
}

std::optional<RangeWork> by_pages(Database& database, const RangeWork& work) {
  if (database.dialect() == Dialect::sqlite || work.next_bound.empty()) return std::nullopt;
  return postgres::by_pages(database, work);
}

} // namespace afloat
