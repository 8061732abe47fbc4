#include "execution/course.hpp"

#include "dialect/key_walk.hpp"

#include <limits>

namespace afloat {
namespace {
// A backfill of fewer rows is over before anybody asks.
constexpr std::int64_t k_fewest_rows = 100'000;
constexpr std::chrono::milliseconds k_time{200};

/// As measured: as many bytes of a row as take the time that any row takes, however short it is; and what
/// looking for rows that are left weighs, of all rows. PostgreSQL looks back in a check, a step of its own.
struct Costs {
  double row, last_look;
};

Costs costs_on(Dialect dialect) {
  return dialect == Dialect::sqlite ? Costs{130, 0.14} : Costs{1300, 0};
}

std::int64_t number_at(const std::vector<Value>& row, std::size_t at) {
  return std::stoll(row.at(at).value_or("0"));
}

/// By the query of sample_of().
std::optional<Sample> sampled(Database& database, const std::string& sql, const std::string& after) {
  const Result result = database.query(fill_in(sql, after, "", 0));
  const std::vector<Value>& row = result.rows.at(0);
  const std::int64_t rows = number_at(row, 2);
  if (rows == 0) return std::nullopt;
  const double weight =
      static_cast<double>(rows) * costs_on(database.dialect()).row + static_cast<double>(number_at(row, 3));
  return Sample{number_at(row, 0), number_at(row, 1), rows, weight};
}

/// By the numbers of the rows: a key is not told from its number, but the statistics have some.
std::optional<Weights> weights_by_rows(Database& database, Clock& clock, const Step& step) {
  const std::vector<std::string> keys = quantiles_of(database, *step.work);
  if (keys.size() < 2) return std::nullopt;
  const auto end = clock.now() + k_time;
  const std::string sql = sample_of(database, *step.work, false);
  const double rows = static_cast<double>(*step.rows), parts = static_cast<double>(keys.size() - 1);
  return Weights(0, *step.rows, [&](std::int64_t after) -> std::optional<Sample> {
    if (clock.now() > end) return std::nullopt;
    const auto part = static_cast<std::size_t>(static_cast<double>(after) * parts / rows);
    auto few = sampled(database, sql, keys.at(part));
    if (few) few->first = after + 1, few->last = after + few->rows;
    return few;
  });
}

Course course_by_rows(Database& database, Clock& clock, const Step& step,
                      const std::vector<WorkerRange>& ranges) {
  Course course;
  course.weights = weights_by_rows(database, clock, step);
  if (!course.weights || course.weights->total() <= 0) return {};
  course.by_rows = true;
  course.ahead = course.weights->total() - course.weights->upto(ranges.front().rows);
  return course;
}

/// As the ranges go over it: the first has no position when it begins.
double ahead_of(const Course& course, const std::vector<WorkerRange>& ranges) {
  double weight = 0;
  for (const WorkerRange& range : ranges) weight += course.weight_of({range.position, range.upto, 0}, 0);
  return weight;
}
} // namespace

double Course::weight_of(const Range& range, std::int64_t before) const {
  if (weights && by_rows) return weights->upto(before + range.rows) - weights->upto(before);
  const auto upto = key_number(range.upto);
  if (!weights || !upto) return 0;
  const auto after = range.after ? key_number(*range.after) : std::nullopt;
  return weights->upto(*upto) - (after ? weights->upto(*after) : 0);
}

Course course_of(Database& database, Clock& clock, const Step& step, const std::vector<WorkerRange>& ranges,
                 bool looks_back) {
  const auto last = key_number(ranges.back().upto);
  if (step.rows.value_or(k_fewest_rows) < k_fewest_rows) return {};
  try {
    if (!last)
      return ranges.size() == 1 && step.rows ? course_by_rows(database, clock, step, ranges) : Course{};
    const auto end = clock.now() + k_time;
    const std::string sql = sample_of(database, *step.work);
    const auto start = sampled(database, sql, std::to_string(-std::numeric_limits<std::int64_t>::max()));
    if (!start) return {};
    Course course;
    course.weights.emplace(start->first - 1, *last, [&](std::int64_t after) {
      return clock.now() > end ? std::nullopt : sampled(database, sql, std::to_string(after));
    });
    if (course.weights->total() <= 0) return {};
    course.ahead = ahead_of(course, ranges);
    if (looks_back) course.last_look = course.weights->total() * costs_on(database.dialect()).last_look;
    return course;
  } catch (const Error& error) {
    if (error.code == ErrorCode::connection || error.code == ErrorCode::interrupted) throw;
    return {};
  }
}

} // namespace afloat
