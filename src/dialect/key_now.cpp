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

} // namespace afloat
