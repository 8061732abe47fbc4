#pragma once

#include "dialect/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace afloat {

/// What people ask of a backfill from another terminal.
struct BackfillWishes {
  std::optional<std::string> paused_by; ///< who, in words; nothing: it is not paused
  std::string paused_at;                ///< UTC, ISO 8601
  std::optional<std::int64_t> batch;    ///< rows in a batch; nothing: steered by time
  std::optional<std::int64_t> rate;     ///< rows a second; nothing: as configured; 0: no limit

  bool operator==(const BackfillWishes&) const = default;
};

/// What its runner last told.
struct BackfillNews {
  std::string step;
  std::int64_t rows = 0;
  std::optional<std::int64_t> total;
  double speed = 0; ///< rows a second
  std::optional<double> seconds_left;
  std::optional<std::string> held_by; ///< why it pauses
  std::string held_since;             ///< UTC, ISO 8601
  double age = 0;                     ///< seconds since it was told
};

struct BackfillRecord {
  BackfillWishes wishes;
  std::optional<BackfillNews> news;
};

/// A worker's part of the table: (position, upto].
struct WorkerRange {
  std::int64_t number = 0;
  std::optional<std::string> position;
  std::string upto;
  std::int64_t rows = 0;
};

/// The part of the ledger that backfills and the people who steer them share: tables `backfills` and
/// `ranges`, made when the first backfill runs. Writes are single statements; the caller has the transaction,
/// if any.
class Backfills {
 public:
  explicit Backfills(Database& database);

  bool exist();
  void create(); ///< where they are not there; outside of a transaction

  std::optional<BackfillRecord> find(std::int64_t version); ///< also nothing where this role may not read it
  BackfillWishes wishes(std::int64_t version);
  void tell(std::int64_t version, const BackfillNews& news);
  void pause(std::int64_t version, const std::string& who); ///< keeps who paused it first
  void resume(std::int64_t version);
  void set_batch(std::int64_t version, std::optional<std::int64_t> rows);
  void set_rate(std::int64_t version, std::optional<std::int64_t> rows);
  void remove(std::int64_t version);

  std::vector<WorkerRange> ranges(std::int64_t version, const std::string& step);
  void add_range(std::int64_t version, const std::string& step, const WorkerRange& range);
  void save_position(std::int64_t version, const std::string& step, const WorkerRange& range); ///< deferred

 private:
  std::string table(std::string_view name) const;
  void upsert(std::int64_t version, std::string_view column, const Value& value);

  Database& m_database;
  bool m_postgres;
};

} // namespace afloat
