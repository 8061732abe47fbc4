#include "sql/embedded.hpp"
#include "support/text.hpp"
#include "verification/verify.hpp"

#include <cstdlib>

#include <fmt/format.h>

namespace afloat {
namespace {
using Level = Verdict::Level;

/// What is read without being asked: a second or so of work.
constexpr std::int64_t k_most_bytes = 64 << 20;

Verdict not_looked_at(const std::string& subject, const std::string& why, const std::string& query) {
  return {Level::warning, subject, "rows that refer to nothing were not looked for: " + why, query};
}

/// One row of verify_keys.sql.
void look_at_key(Database& database, const std::vector<Value>& row, std::vector<Verdict>& verdicts) {
  const auto text = [&](std::size_t column) { return row.at(column).value_or(""); };
  const std::string subject = fmt::format("foreign key {} on {}", text(0), text(1));
  const std::string query = text(6);
  if (row.at(3)) verdicts.push_back({Level::warning, subject, text(3), text(7)});
  const std::int64_t bytes = std::atoll(text(4).c_str());
  if (text(5) != "t")
    return verdicts.push_back(not_looked_at(
        subject, fmt::format("role {} may not read both tables", database.facts().role), query));
  if (bytes > k_most_bytes)
    return verdicts.push_back(
        not_looked_at(subject, fmt::format("the tables have {} MB", with_commas(bytes >> 20)), query));
  const std::int64_t rows = std::atoll(database.query(query).scalar().value_or("0").c_str());
  if (rows == 0) return;
  verdicts.push_back({Level::failure, subject,
                      fmt::format("{} to rows of {} that are not there",
                                  count_of(rows, "row refers", "rows refer"), text(2)),
                      replaced(query, "SELECT count(*) ", "SELECT * ")});
}
} // namespace

std::vector<Verdict> verify_keys(Database& database) {
  std::vector<Verdict> verdicts;
  if (database.dialect() != Dialect::postgres) return verdicts; // verify_catalog() looks at all of them there
  for (const auto& row : database.query(embedded_sql("postgres/verify_keys.sql")).rows)
    look_at_key(database, row, verdicts);
  return verdicts;
}

std::vector<Verdict> verify_order(Database& database) {
  std::vector<Verdict> verdicts;
  if (database.dialect() != Dialect::postgres) return verdicts; // there, the order is not one of names
  for (const auto& row : database.query(embedded_sql("postgres/verify_order.sql")).rows)
    verdicts.push_back(
        {Level::warning, row.at(0).value_or(""), row.at(1).value_or(""), row.at(2).value_or("")});
  return verdicts;
}

} // namespace afloat
