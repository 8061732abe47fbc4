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

/// Puts literals for {after}, {upto} and {limit} into the text of range work. One pass: what is put in is not
/// looked at again.
std::string fill_in(std::string_view text, std::string_view after, std::string_view upto, std::int64_t limit);

/// Steers the number of rows in a batch to a time: up to twice or down to half from one batch to the next.
class BatchSize {
 public:
  explicit BatchSize(std::chrono::milliseconds aim) : m_aim(aim) {}
  std::int64_t rows() const { return m_rows; }
  void took(std::chrono::microseconds time);

 private:
  std::chrono::milliseconds m_aim;
  std::int64_t m_rows = 500;
};

struct Range {
  std::optional<std::string> after; ///< literals of the last key done; nothing at the start of the table
  std::string upto;
  std::int64_t rows = 0;
};

/// The next range behind `after`, or nothing at the end of the table. Reads only keys.
std::optional<Range> next_range(Database& database, const RangeWork& work,
                                const std::optional<std::string>& after, std::int64_t limit);

/// The statement of the work for this range.
std::string statement_for(const RangeWork& work, const Range& range, std::int64_t limit);

struct Disagreement {
  std::int64_t count = 0;
  std::vector<std::string> first; ///< at most ten, as the query describes them
};

/// Goes over the whole table, chunk by chunk, each a short read of its own. `progress` gets the rows read so
/// far.
Disagreement find_disagreements(Database& database, const RangeWork& work,
                                const std::function<void(std::int64_t)>& progress);

} // namespace afloat
