#include "support/weights.hpp"
#include "throttle/pace.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <catch2/catch.hpp>

namespace afloat {
namespace {
struct Row {
  std::int64_t key;
  double weight;
};
using Rows = std::vector<Row>;

constexpr std::int64_t k_rows = 200'000;

/// As a database answers: sixteen rows behind a key.
std::optional<Sample> look(const Rows& rows, std::int64_t after) {
  auto row = std::ranges::upper_bound(rows, after, {}, &Row::key);
  if (row == rows.end()) return std::nullopt;
  Sample found{row->key};
  for (int i = 0; i < 16 && row != rows.end(); ++i, ++row) {
    found.last = row->key;
    ++found.rows;
    found.weight += row->weight;
  }
  return found;
}

Weights weighed(const Rows& rows) {
  return {rows.front().key - 1, rows.back().key, [&](std::int64_t after) { return look(rows, after); }};
}

Rows table(
    const std::function<double(double share)>& weight,
    const std::function<std::int64_t(std::int64_t row)>& key = [](std::int64_t row) { return row; }) {
  Rows rows;
  for (std::int64_t i = 1; i <= k_rows; ++i)
    rows.push_back({key(i), weight(static_cast<double>(i) / static_cast<double>(k_rows))});
  return rows;
}

double even(double) {
  return 100;
}

/// How far off the share of the weight is at worst, looked at after each hundredth of the rows.
double worst_share(const Rows& rows) {
  const Weights weights = weighed(rows);
  double all = 0, done = 0, worst = 0;
  for (const Row& row : rows) all += row.weight;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    done += rows[i].weight;
    if (i % (rows.size() / 100) == 0)
      worst = std::max(worst, std::abs(weights.upto(rows[i].key) / weights.total() - done / all));
  }
  return worst;
}

TEST_CASE("the weight of a table's rows is known by few of them", "[throttle]") {
  int looks = 0;
  const Rows rows = table(even);
  const Weights weights(0, k_rows, [&](std::int64_t after) {
    ++looks;
    return look(rows, after);
  });
  CHECK(looks == Weights::k_samples);
  CHECK(weights.total() == Approx(100.0 * k_rows));
  CHECK(weights.upto(k_rows / 4) == Approx(25.0 * k_rows));
  CHECK(weights.upto(0) == 0);
  CHECK(weights.upto(k_rows * 2) == weights.total()); // came meanwhile
}

TEST_CASE("where rows are wide and where narrow is found", "[throttle]") {
  CHECK(worst_share(table([](double share) { return share < 0.5 ? 100 : 1000; })) < 0.01);
  CHECK(worst_share(table([](double share) { return share < 0.5 ? 1000 : 100; })) < 0.01);
  CHECK(worst_share(table([](double share) { return share > 0.7 && share < 0.75 ? 3000 : 100; })) < 0.01);
  CHECK(worst_share(table([](double share) { return 100 + 1000 * share; })) < 0.01);
  CHECK(worst_share(table([](double share) { return 1000 + 900 * std::sin(share * 20); })) < 0.02);
}

TEST_CASE("gaps in the keys weigh nothing", "[throttle]") {
  CHECK(
      worst_share(table(even, [](std::int64_t row) { return row * 2 < k_rows ? row : k_rows + row * 1000; }))
      < 0.02);
  CHECK(worst_share(table(
            even, [](std::int64_t row) { return row * 2 < k_rows ? row : 9'000'000'000'000'000'000 + row; }))
        < 0.02);
  std::mt19937_64 random(1); // NOLINT: the same keys in every run
  std::int64_t last = 0;
  CHECK(worst_share(
            table(even, [&](std::int64_t) { return last += 1 + static_cast<std::int64_t>(random() % 1000); }))
        < 0.05);
}

TEST_CASE("few rows, rows that go and keys at the ends of what there is do no harm", "[throttle]") {
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                         most = std::numeric_limits<std::int64_t>::max();
  const Rows two{{least + 1, 5}, {most, 5}};
  CHECK(weighed(two).total() == Approx(7.5).margin(2.5));
  const Rows one{{7, 5}};
  CHECK(weighed(one).total() == 5);
  const Weights none(0, 100, [](std::int64_t) { return std::nullopt; });
  CHECK(none.total() == 0);
  const Weights gone(100, 50, [](std::int64_t after) { return Sample{after + 1, after + 2, 2, 10}; });
  CHECK(gone.total() == 0); // the rows up to the last key are not there any more
  int looks = 0;            // time is up behind two of them
  const Weights two_looks(0, 1000, [&](std::int64_t after) {
    return ++looks > 2 ? std::nullopt : std::optional(Sample{after + 1, after + 10, 10, looks * 20.0});
  });
  CHECK(two_looks.upto(500) == 1000);
  CHECK(two_looks.total() == 3000);
}

/// Fills rows batch after batch, as long as they weigh. At half of the rows, how far off the time left is.
double error_at_half(const Rows& rows) {
  const auto start = Estimate::Time() + std::chrono::seconds(1000);
  const Weights weights = weighed(rows);
  Estimate estimate(start);
  double time = 0, half = 0, told = 0;
  const auto now = [&] {
    return start + std::chrono::duration_cast<Estimate::Time::duration>(std::chrono::duration<double>(time));
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    time += rows[i].weight / 1e6;
    if (i % 1000 == 0) estimate.done(std::llround(weights.upto(rows[i].key)), now());
    if (i != rows.size() / 2) continue;
    half = time;
    told = static_cast<double>(estimate.left(std::llround(weights.total()), now())->count()) / 1000;
  }
  return std::abs(told / (time - half) - 1);
}

TEST_CASE("by weight the time left is right for rows that are not alike", "[throttle]") {
  CHECK(error_at_half(table(even)) < 0.02);
  CHECK(error_at_half(table([](double share) { return share < 0.5 ? 100 : 1000; })) < 0.05);
  CHECK(error_at_half(table([](double share) { return share < 0.5 ? 1000 : 100; })) < 0.05);
  CHECK(error_at_half(
            table(even, [](std::int64_t row) { return row * 2 < k_rows ? row : k_rows + row * 1000; }))
        < 0.05);
}
} // namespace
} // namespace afloat
