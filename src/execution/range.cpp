#include "execution/range.hpp"

#include "dialect/key_walk.hpp"
#include "execution/measure.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::int64_t k_chunk = 20'000;
constexpr std::int64_t k_listed = 10;

void collect(Database& database, const std::string& sql, Disagreement& found, std::int64_t limit) {
  const Result result = database.query(sql);
  found.count += static_cast<std::int64_t>(result.rows.size());
  for (const auto& row : result.rows)
    if (static_cast<std::int64_t>(found.first.size()) < limit)
      found.first.push_back(row.at(0).value_or("NULL"));
}

/// While it lives, all that is read on PostgreSQL is of one moment: a row that moved between two chunks would
/// be in neither. It begins when the table can be read: to a moment that is older, a table that is rewritten
/// meanwhile is empty. What waits for the lock waits as any reader.
class OneMoment {
 public:
  OneMoment(Database& database, const RelationName& table) : OneMoment(database) {
    m_database.defer("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", {});
    m_database.script(fmt::format("LOCK TABLE {} IN ACCESS SHARE MODE", quoted_table(table)));
  }
  OneMoment(const OneMoment&) = delete;
  OneMoment& operator=(const OneMoment&) = delete;
  ~OneMoment() { m_database.rollback(); }

 private:
  explicit OneMoment(Database& database) : m_database(database) {
    m_database.begin(std::chrono::milliseconds(0)); // without end, as outside a transaction
  }
  Database& m_database;
};

Disagreement found_at_once(Database& database, const RangeWork& work) {
  Disagreement found;
  collect(database, fill_in(work.in_range_from_start, "", "", k_listed), found, k_listed);
  if (found.count > 0) // a line may stand for several rows
    found.count = std::stoll(database.query(work.count_left).scalar().value_or("0"));
  return found;
}

/// Chunk by chunk, until there are `enough`.
Disagreement found_by(Database& database, const RangeWork& work, std::int64_t enough,
                      const std::function<bool(std::int64_t)>& goes_on) {
  Disagreement found;
  std::optional<std::string> after;
  std::int64_t rows = 0;
  const auto last = last_key(database, work);
  while (last && found.count < enough) {
    const auto range = next_range(database, work, after, k_chunk, *last);
    if (!range) break;
    collect(database, statement_for(work, *range, std::min(enough, k_chunk)), found, k_listed);
    rows += range->rows;
    if (!goes_on(rows)) break;
    after = range->upto;
  }
  return found;
}

/// "::bigint, ::text" of '5'::integer, E'a\\b'::text; nothing of SQLite's literals, which have no types.
std::string types_of(std::string_view key) {
  std::string types;
  bool in_string = false;
  int depth = 0; // numeric(9,2)
  for (const char character : key) {
    if (character == '\'') {
      if (!in_string && types.ends_with('E')) types.pop_back();
      in_string = !in_string;
    }
    if (in_string || character == '\'') continue;
    if (character == '(') ++depth;
    if (depth == 0) types += character;
    if (character == ')') --depth;
  }
  if (types.find("::") == std::string::npos) return {};
  return replaced(replaced(std::move(types), "::smallint", "::bigint"), "::integer", "::bigint");
}

std::optional<std::int64_t> number_of(std::string_view digits) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

/// 5 of '5'::integer.
std::optional<std::int64_t> whole_number(std::string_view key) {
  if (types_of(key) != "::bigint") return std::nullopt;
  return number_of(key.substr(1, key.find('\'', 1) - 1));
}
} // namespace

std::string fill_in(std::string_view text, std::string_view after, std::string_view upto, std::int64_t limit,
                    std::string_view last) {
  std::vector<Placed> places{
      {"after", std::string(after)}, {"upto", std::string(upto)}, {"limit", std::to_string(limit)}};
  if (!last.empty()) places.push_back({"last", std::string(last)}); // only bounds have it
  return fill_places(text, places);
}

void BatchSize::took(std::chrono::microseconds time) {
  const double ratio = static_cast<double>(std::chrono::microseconds(m_aim).count())
                       / static_cast<double>(std::max<std::int64_t>(time.count(), 1));
  const double next = static_cast<double>(m_rows) * std::clamp(ratio, 0.5, 2.0);
  m_rows = std::clamp<std::int64_t>(static_cast<std::int64_t>(next), k_fewest, 100'000);
}

void BatchSize::gave_way() {
  m_rows = std::max<std::int64_t>(m_rows / 2, k_fewest);
}

std::optional<std::string> last_key(Database& database, const RangeWork& work) {
  return work.last.empty() ? std::optional<std::string>("") : database.query(work.last).scalar();
}

bool are_comparable(std::string_view key, std::string_view other) {
  const std::string types = types_of(key), others = types_of(other);
  return types.empty() || others.empty() || types == others;
}

std::optional<Range> next_range(Database& database, const RangeWork& work,
                                const std::optional<std::string>& after, std::int64_t limit,
                                const std::string& last) {
  const std::string& sql = after ? work.next_bound : work.next_bound_from_start;
  const Result result = database.query(fill_in(sql, after.value_or(""), "", limit, last));
  if (result.rows.empty() || !result.rows[0].at(0)) return std::nullopt;
  return Range{after, *result.rows[0][0], std::stoll(result.rows[0].at(1).value_or("0"))};
}

std::optional<std::int64_t> key_number(std::string_view key) {
  const auto number = whole_number(key);
  return number ? number : number_of(key);
}

std::optional<std::int64_t> keys_between(std::string_view after, std::string_view upto) {
  const auto from = whole_number(after), to = whole_number(upto);
  std::int64_t count = 0;
  if (!from || !to || __builtin_sub_overflow(*to, *from, &count)) return std::nullopt;
  return count;
}

std::optional<Range> next_keys(const std::string& after, std::int64_t limit, const std::string& last) {
  const auto left = keys_between(after, last);
  if (!left || *left <= 0) return std::nullopt;
  if (*left <= limit) return Range{after, last, *left};
  const std::string_view type = std::string_view(last).substr(last.find("::"));
  return Range{after, fmt::format("'{}'{}", *whole_number(after) + limit, type), limit};
}

std::string statement_for(const RangeWork& work, const Range& range, std::int64_t limit) {
  return fill_in(range.after ? work.in_range : work.in_range_from_start, range.after.value_or(""), range.upto,
                 limit);
}

Disagreement find_disagreements(Database& database, const RangeWork& planned,
                                const std::function<void(std::int64_t)>& progress) {
  return find_disagreements_while(database, planned, [&](std::int64_t rows) {
    progress(rows);
    return true;
  });
}

Disagreement find_disagreements_while(Database& database, const RangeWork& planned,
                                      const std::function<bool(std::int64_t)>& goes_on) {
  const RangeWork work = with_key_now(database, planned);
  std::optional<OneMoment> moment;
  if (!work.sweep.empty()) moment.emplace(database, work.table);
  if (work.next_bound.empty()) return found_at_once(database, work);
  std::int64_t most = 0;
  const auto read = [&](std::int64_t rows) { return goes_on(most = std::max(most, rows)); };
  if (const auto pages = moment ? by_pages(database, planned) : std::nullopt)
    if (found_by(database, *pages, 1, read).count == 0) return {};
  return found_by(database, work, std::numeric_limits<std::int64_t>::max(), read);
}

} // namespace afloat
