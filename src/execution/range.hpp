#pragma once

#include "dialect/database.hpp"
#include "model/plan.hpp"
#include "support/clock.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace afloat {

/// Puts literals for {after}, {upto}, {limit} and {last} into the text of range work. One pass: what is put
/// in is not looked at again.
std::string fill_in(std::string_view text, std::string_view after, std::string_view upto, std::int64_t limit,
                    std::string_view last = {});

/// Steers the number of rows in a batch to a time: up to twice or down to half from one batch to the next.
class BatchSize {
 public:
  static constexpr std::int64_t k_fewest = 10;
  explicit BatchSize(std::chrono::milliseconds aim) : m_aim(aim) {}
  std::int64_t rows() const { return m_rows; }
  void took(std::chrono::microseconds time);
  void gave_way(); ///< somebody holds rows of it: half as many

 private:
  std::chrono::milliseconds m_aim;
  std::int64_t m_rows = 500;
};

struct Range {
  std::optional<std::string> after; ///< literals of the last key done; nothing at the start of the table
  std::string upto;
  std::int64_t rows = 0;
};

/// Where the ranges end: literals of the table's last key as it is now, empty for work frozen without such a
/// query; nothing for an empty table.
std::optional<std::string> last_key(Database& database, const RangeWork& work);

/// Whether two keys, as literals, are of the same types, so that one can be behind the other; all integers
/// are.
bool are_comparable(std::string_view key, std::string_view other);

/// The next range behind `after`, or nothing behind `last`. Reads only keys.
std::optional<Range> next_range(Database& database, const RangeWork& work,
                                const std::optional<std::string>& after, std::int64_t limit,
                                const std::string& last);

/// The number that a key is, as a literal of either database; nothing unless it is one whole number.
std::optional<std::int64_t> key_number(std::string_view key);
/// How many keys (after, upto] can hold; nothing unless the key is one whole number of PostgreSQL.
std::optional<std::int64_t> keys_between(std::string_view after, std::string_view upto);
/// The next range of such a key without a query, if there is room behind `after`: up to the key `limit` on,
/// so that it has no more rows than that, and not behind `last`.
std::optional<Range> next_keys(const std::string& after, std::int64_t limit, const std::string& last);

/// The statement of the work for this range.
std::string statement_for(const RangeWork& work, const Range& range, std::int64_t limit);

struct Disagreement {
  std::int64_t count = 0;
  std::vector<std::string> first; ///< at most ten, as the query describes them
};

/// Goes over the whole table, by the key that it has now, chunk by chunk, each a short read of its own. Where
/// the work has a sweep (only the compare behind a backfill on PostgreSQL), no row may be missed: all is read
/// in one transaction that sees one moment, with ACCESS SHARE on the table, and by_pages() first. Only if
/// that meets a row which does not agree is the table gone over by key, to count and to name them. What is
/// not of one moment never goes by pages, because an UPDATE can put a row on one that has been read. A look
/// that was stopped begins anew, in a moment of its own. `progress` gets the rows read so far, never fewer.
Disagreement find_disagreements(Database& database, const RangeWork& planned,
                                const std::function<void(std::int64_t)>& progress);
/// The same as long as `goes_on` says so: what was found until then.
Disagreement find_disagreements_while(Database& database, const RangeWork& planned,
                                      const std::function<bool(std::int64_t)>& goes_on);

} // namespace afloat
