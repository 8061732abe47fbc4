#pragma once

#include "execution/range.hpp"
#include "ledger/backfills.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace afloat {

/// A part of a worker's way: so many rows behind a key, or from the start of the table.
struct Part {
  std::optional<std::string> after;
  std::int64_t rows = 0;

  bool operator==(const Part&) const = default;
};

struct Way {
  std::string upto;
  std::vector<Part> parts; ///< of about the same length, at most 64
};

/// Walks over the keys that a backfill has before it, to count its rows and to know where each part of them
/// begins. Gaps in the keys make no difference.
class Survey {
 public:
  /// `ranges` as they are when the backfill begins.
  Survey(RangeWork work, const std::vector<WorkerRange>& ranges, std::int64_t keys_at_once = 20'000);

  /// One short read, which takes no lock that keeps anybody out. False when there is nothing left to read.
  bool read_on(Database& database);
  const std::vector<Way>& ways() const { return m_ways; }

 private:
  void add(Way& way, std::optional<std::string> after, std::int64_t rows);

  RangeWork m_work;
  std::int64_t m_keys_at_once;
  std::vector<Way> m_ways;
  std::vector<std::optional<std::string>> m_starts;
  std::size_t m_way = 0;
  std::optional<std::string> m_position; ///< on this way
  std::size_t m_reads = 0, m_reads_in_part = 1;
};

} // namespace afloat
