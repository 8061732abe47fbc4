#pragma once

#include "dialect/database.hpp"
#include "execution/range.hpp"
#include "ledger/backfills.hpp"
#include "model/plan.hpp"
#include "support/clock.hpp"
#include "support/weights.hpp"

#include <optional>
#include <vector>

namespace afloat {

/// What a backfill has before it, where its rows can be weighed.
struct Course {
  std::optional<Weights> weights; ///< of the whole table
  bool by_rows = false;           ///< their places are numbers of rows in the order of the key, not keys
  double ahead = 0;               ///< of them, what this run is to fill
  double last_look = 0; ///< what finding that no row is left weighs, if there were no rests in between

  /// Of the rows in a range; 0 where nothing is known. `before`: the rows that were done before it.
  double weight_of(const Range& range, std::int64_t before) const;
};

/// Weighs the rows of a large table by samples: single reads of a few rows, for at most a fifth of a second.
/// Where the key is not one whole number, at the places that the statistics know. Empty where these know
/// none, or nobody may read the table's columns.
Course course_of(Database& database, Clock& clock, const Step& step, const std::vector<WorkerRange>& ranges,
                 bool looks_back);

} // namespace afloat
