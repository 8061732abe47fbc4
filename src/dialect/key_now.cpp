#include "dialect/key_walk.hpp"
#include "dialect/postgres/key_walk.hpp"
#include "dialect/sqlite/key_walk.hpp"

#include <utility>

#include <fmt/format.h>

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

std::string sample_of(Database& database, const RangeWork& work, bool whole_numbers) {
  return database.dialect() == Dialect::sqlite ? sqlite::sample_of(database, work)
                                               : postgres::sample_of(database, work, whole_numbers);
}

std::string sample_query(const std::string& table, const std::string& key, const std::string& bytes,
                         bool whole_numbers) {
  return fmt::format("SELECT {3}, count(*), sum(bytes) FROM (SELECT {0} AS place, {1} AS bytes "
                     "FROM {2} WHERE {0} > {{after}} ORDER BY 1 LIMIT 16) AS few",
                     key, bytes, table, whole_numbers ? "min(place), max(place)" : "NULL, NULL");
}

std::vector<std::string> quantiles_of(Database& database, const RangeWork& work) {
  return database.dialect() == Dialect::sqlite ? std::vector<std::string>()
                                               : postgres::quantiles_of(database, work);
}

} // namespace afloat
