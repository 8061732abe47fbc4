#include "ledger/backfills.hpp"

#include "sql/embedded.hpp"

#include <fmt/format.h>

namespace afloat {
namespace {
std::optional<std::int64_t> number_of(const Value& value) {
  return value ? std::optional<std::int64_t>(std::stoll(*value)) : std::nullopt;
}

std::optional<double> real_of(const Value& value) {
  return value ? std::optional<double>(std::stod(*value)) : std::nullopt;
}

template <typename Number>
Value text_of(const std::optional<Number>& number) {
  return number ? Value(fmt::format("{}", *number)) : Value();
}

std::string now_text(bool postgres) {
  return postgres ? "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
                  : "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')";
}

std::string epoch(bool postgres) {
  return postgres ? "extract(epoch FROM clock_timestamp())::float8"
                  : "(julianday('now') - 2440587.5) * 86400.0";
}
} // namespace

Backfills::Backfills(Database& database)
    : m_database(database), m_postgres(database.dialect() == Dialect::postgres) {}

std::string Backfills::table(std::string_view name) const {
  return fmt::format("{}{}", m_postgres ? "afloat." : "afloat_", name);
}

/// The one that is made last: on SQLite each table is committed alone, and a run can be killed in between.
bool Backfills::exist() {
  return m_database
      .query(m_postgres ? "SELECT pg_catalog.to_regclass('afloat.ranges')"
                        : "SELECT name FROM sqlite_schema WHERE name = 'afloat_ranges'",
             {})
      .scalar()
      .has_value();
}

void Backfills::create() {
  if (!exist())
    m_database.script(embedded_sql(m_postgres ? "postgres/backfills.sql" : "sqlite/backfills.sql"));
}

std::optional<BackfillRecord> Backfills::find(std::int64_t version) {
  if (!exist()) return std::nullopt;
  Result result;
  try {
    result = m_database.query(
        fmt::format(
            "SELECT paused_by, paused_at, batch, rate, step, rows, total, speed, seconds_left, held_by, "
            "held_since, {} - at FROM {} WHERE version = {}",
            epoch(m_postgres), table("backfills"), version),
        {});
  } catch (const Error& error) {
    if (error.code != ErrorCode::permission) throw;
  }
  if (result.rows.empty()) return std::nullopt;
  const std::vector<Value>& row = result.rows[0];
  BackfillRecord record{{row[0], row[1].value_or(""), number_of(row[2]), number_of(row[3])}, std::nullopt};
  if (row[4])
    record.news = BackfillNews{*row[4],
                               number_of(row[5]).value_or(0),
                               number_of(row[6]),
                               real_of(row[7]).value_or(0),
                               real_of(row[8]),
                               row[9],
                               row[10].value_or(""),
                               real_of(row[11]).value_or(0)};
  return record;
}

BackfillWishes Backfills::wishes(std::int64_t version) {
  const Result result =
      m_database.query(fmt::format("SELECT paused_by, paused_at, batch, rate FROM {} WHERE version = {}",
                                   table("backfills"), version),
                       {});
  if (result.rows.empty()) return {};
  const std::vector<Value>& row = result.rows[0];
  return {row[0], row[1].value_or(""), number_of(row[2]), number_of(row[3])};
}

void Backfills::tell(std::int64_t version, const BackfillNews& news) {
  m_database.query(
      fmt::format("INSERT INTO {} (version, step, rows, total, speed, seconds_left, held_by, held_since, at) "
                  "VALUES ({}, $1, $2, $3, $4, $5, $6, $7, {}) ON CONFLICT (version) DO UPDATE SET step = "
                  "excluded.step, rows = excluded.rows, total = excluded.total, speed = excluded.speed, "
                  "seconds_left = excluded.seconds_left, held_by = excluded.held_by, held_since = "
                  "excluded.held_since, at = excluded.at",
                  table("backfills"), version, epoch(m_postgres)),
      {news.step, std::to_string(news.rows), text_of(news.total), fmt::format("{}", news.speed),
       text_of(news.seconds_left), news.held_by, news.held_since.empty() ? Value() : Value(news.held_since)});
}

void Backfills::upsert(std::int64_t version, std::string_view column, const Value& value) {
  m_database.query(
      fmt::format("INSERT INTO {} (version, {}) VALUES ({}, $1) ON CONFLICT (version) DO UPDATE SET {} "
                  "= excluded.{}",
                  table("backfills"), column, version, column, column),
      {value});
}

void Backfills::pause(std::int64_t version, const std::string& who) {
  m_database.query(
      fmt::format(
          "INSERT INTO {0} (version, paused_by, paused_at) VALUES ({1}, $1, {2}) ON CONFLICT (version) DO "
          "UPDATE SET paused_at = coalesce({0}.paused_at, excluded.paused_at), paused_by = "
          "coalesce({0}.paused_by, excluded.paused_by)",
          table("backfills"), version, now_text(m_postgres)),
      {who});
}

void Backfills::resume(std::int64_t version) {
  m_database.query(fmt::format("UPDATE {} SET paused_by = NULL, paused_at = NULL WHERE version = {}",
                               table("backfills"), version),
                   {});
}

void Backfills::set_batch(std::int64_t version, std::optional<std::int64_t> rows) {
  upsert(version, "batch", text_of(rows));
}

void Backfills::set_rate(std::int64_t version, std::optional<std::int64_t> rows) {
  upsert(version, "rate", text_of(rows));
}

void Backfills::remove(std::int64_t version) {
  m_database.defer(fmt::format("DELETE FROM {} WHERE version = {}", table("ranges"), version), {});
  m_database.defer(fmt::format("DELETE FROM {} WHERE version = {}", table("backfills"), version), {});
}

std::vector<WorkerRange> Backfills::ranges(std::int64_t version, const std::string& step) {
  std::vector<WorkerRange> ranges;
  const Result result = m_database.query(
      fmt::format("SELECT number, position, upto, rows FROM {} WHERE version = {} AND step = $1 "
                  "ORDER BY number",
                  table("ranges"), version),
      {step});
  for (const auto& row : result.rows)
    ranges.push_back({*number_of(row[0]), row[1], row[2].value_or(""), number_of(row[3]).value_or(0)});
  return ranges;
}

void Backfills::add_range(std::int64_t version, const std::string& step, const WorkerRange& range) {
  m_database.defer(
      fmt::format("INSERT INTO {} (version, step, number, position, upto) VALUES ({}, $1, $2, $3, $4)",
                  table("ranges"), version),
      {step, std::to_string(range.number), range.position, range.upto});
}

void Backfills::save_position(std::int64_t version, const std::string& step, const WorkerRange& range) {
  m_database.defer(
      fmt::format("UPDATE {} SET position = $1, rows = $2 WHERE version = {} AND step = $3 AND number = "
                  "$4",
                  table("ranges"), version),
      {range.position, std::to_string(range.rows), step, std::to_string(range.number)});
}

} // namespace afloat
