#include "throttle/brakes.hpp"
#include "throttle/forecast.hpp"
#include "throttle/pace.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

namespace afloat {
namespace {
using std::chrono::milliseconds;
using std::chrono::seconds;
using Time = Brakes::Time;

ThrottleSettings with(std::string_view key, std::string_view text) {
  ThrottleSettings settings;
  REQUIRE(set_throttle(settings, key, text) == "");
  return settings;
}

std::string reason(const Brakes& brakes, Time now) {
  const auto pause = brakes.pause(now);
  return pause ? pause->reason : "go";
}

const Time k_start = Time() + seconds(1000);

TEST_CASE("the rows of the brakes and of their settings stand in the order of Brake", "[throttle]") {
  for (std::size_t i = 0; i < k_brakes; ++i) CHECK(static_cast<std::size_t>(brake_rows()[i].brake) == i);
}

TEST_CASE("settings are read from texts, and what is wrong is said", "[throttle]") {
  ThrottleSettings settings = default_throttle();
  CHECK(settings.limit(Brake::waiters) == 0.0);
  CHECK(settings.limit(Brake::commit) == 1.0);
  CHECK(settings.workers == 1);
  CHECK_FALSE(settings.limit(Brake::lag));
  CHECK(set_throttle(settings, "max_lag", "1500ms") == "");
  CHECK(settings.limit(Brake::lag) == 1.5);
  CHECK(set_throttle(settings, "max_wal_rate", "20MB") == "");
  CHECK(settings.limit(Brake::wal) == 20.0 * 1024 * 1024);
  CHECK(set_throttle(settings, "pause", "50%") == "");
  CHECK(settings.pause == 0.5);
  CHECK(set_throttle(settings, "pause_when", " SELECT 1; ") == "");
  CHECK(settings.pause_when == "SELECT 1");
  CHECK(set_throttle(settings, "rate", "fast") == "\"fast\" is not a whole number");
  CHECK(set_throttle(settings, "rate", "0") == "0 rows a second would never end");
  CHECK(set_throttle(settings, "max_lag", "5") == "\"5\" is not a duration");
  CHECK(set_throttle(settings, "workers", "0") == "\"0\" is not a number from 1 to 64");
  CHECK(set_throttle(settings, "max_wal_rate", "20 apples") == "\"20 apples\" is not a size such as 20MB");
  CHECK_FALSE(without_defaults(settings).limit(Brake::waiters));
  CHECK(without_defaults(settings).limit(Brake::lag) == 1.5);
}

TEST_CASE("a brake pauses above its limit, says why, and since when", "[throttle]") {
  Brakes brakes(with("max_lag", "5s"), k_start);
  CHECK(reason(brakes, k_start) == "go");
  brakes.read(Brake::lag, {8.0, "standby1", "", 1}, k_start + seconds(1));
  brakes.read(Brake::lag, {9.0, "standby1", "", 1}, k_start + seconds(2));
  CHECK(brakes.pause(k_start + seconds(2))
        == Pause{"replica standby1 is 9.0 s behind (max_lag 5s)", k_start + seconds(1)});
  brakes.read(Brake::lag, {5.0, "standby1", "", 1}, k_start + seconds(3));
  CHECK(reason(brakes, k_start + seconds(3)) == "go");
}

TEST_CASE("what is not asked for is not watched", "[throttle]") {
  Brakes brakes(with("max_load", "3"), k_start);
  brakes.read(Brake::lag, {8.0, "standby1", "", 1}, k_start);
  brakes.read(Brake::load, {3.0, "", "", 1}, k_start);
  CHECK(reason(brakes, k_start) == "go");
  brakes.read(Brake::load, {4.0, "", "", 1}, k_start);
  CHECK(reason(brakes, k_start) == "4 sessions run a statement (max_load 3)");
}

TEST_CASE("what cannot be measured for 15 s pauses, until it can", "[throttle]") {
  Brakes brakes(with("pause_when", "SELECT broken"), k_start);
  brakes.read(Brake::query, {0.0, "", ""}, k_start + seconds(1));
  brakes.read(Brake::query, {{}, "", "relation \"load\" does not exist"}, k_start + seconds(2));
  CHECK(reason(brakes, k_start + seconds(15)) == "go");
  CHECK(brakes.pause(k_start + seconds(17))
        == Pause{"pause_when cannot be measured for 16 s: relation \"load\" does not exist",
                 k_start + seconds(16)});
  brakes.read(Brake::query, {0.0, "", ""}, k_start + seconds(18));
  CHECK(reason(brakes, k_start + seconds(18)) == "go");
}

TEST_CASE("nobody who measures is as bad as nothing that can be measured", "[throttle]") {
  const Brakes brakes(with("max_commit", "1s"), k_start);
  CHECK(reason(brakes, k_start + seconds(20)) == "max_commit cannot be measured for 20 s: nothing answers");
}

TEST_CASE("a replica that is out of sight is not one that keeps up", "[throttle]") {
  Brakes brakes(with("max_lag", "5s"), k_start);
  brakes.read(Brake::lag, {0.0, "standby1", "", 2}, k_start);
  for (int i = 1; i <= 15; ++i) brakes.read(Brake::lag, {0.0, "standby1", "", 1}, k_start + seconds(i));
  CHECK(reason(brakes, k_start + seconds(15))
        == "max_lag cannot be measured for 15 s: only 1 of 2 replicas are in sight");
}

TEST_CASE("a replica that answers no more is found by the positions", "[throttle]") {
  Brakes brakes(with("max_lag", "3s"), k_start);
  for (int i = 0; i <= 4; ++i) // 100 bytes a second are written; what it reached stays at 150
    brakes.read(Brake::lag, {0.01, "standby1", "", 1, 100.0 + 100.0 * i, 150.0}, k_start + seconds(i));
  CHECK(reason(brakes, k_start + seconds(4)) == "go"); // 200 was written at second 1
  brakes.read(Brake::lag, {0.01, "standby1", "", 1, 600.0, 150.0}, k_start + seconds(5));
  CHECK(reason(brakes, k_start + seconds(5)) == "replica standby1 is 4.0 s behind (max_lag 3s)");
  brakes.read(Brake::lag, {0.0, "standby1", "", 1, 600.0, 600.0}, k_start + seconds(6));
  CHECK(reason(brakes, k_start + seconds(6)) == "go");
}

TEST_CASE("WAL above its rate is paid for by rest", "[throttle]") {
  constexpr double mega = 1024.0 * 1024;
  Brakes brakes(with("max_wal_rate", "10MB"), k_start);
  double position = 0;
  int written = 0;
  for (int second = 0; second < 100; ++second) { // 50 MB in each second that it may run
    if (!brakes.pause(k_start + seconds(second))) {
      position += 50 * mega;
      ++written;
    }
    brakes.read(Brake::wal, {position, "", "", 1}, k_start + seconds(second + 1));
  }
  CHECK(written == Approx(20).margin(3)); // a fifth of the time
}

TEST_CASE("a pace keeps its rate and saves nothing up", "[throttle]") {
  Pace pace(1000);
  CHECK(pace.most_rows(5000) == 500);
  CHECK(pace.wait_after(500, k_start, k_start + milliseconds(100)) == milliseconds(400));
  CHECK(pace.wait_after(500, k_start + milliseconds(500), k_start + milliseconds(600)) == milliseconds(400));
  CHECK(pace.wait_after(500, k_start + seconds(60), k_start + seconds(60)) == milliseconds(500));
  pace.set(std::nullopt);
  CHECK(pace.wait_after(500, k_start, k_start) == milliseconds(0));
  CHECK(pace.most_rows(5000) == 5000);
}

/// Runs a backfill whose speed at a share of its rows is known. At half way, how far off the time left is.
double error_at_half(const std::function<double(double share, double second)>& rate,
                     seconds paused_by_hand = {}) {
  constexpr std::int64_t total = 1'000'000;
  constexpr double step = 0.1;
  Estimate estimate(k_start);
  double rows = 0, time = 0, told = 0, half = 0;
  const auto at = [&](double second) {
    return k_start + std::chrono::duration_cast<Time::duration>(std::chrono::duration<double>(second));
  };
  while (rows < total) {
    rows += rate(rows / total, time) * step;
    time += step;
    if (told == 0 && rows >= total * 0.4 && paused_by_hand.count() > 0) {
      estimate.left_out(paused_by_hand);
      time += static_cast<double>(paused_by_hand.count());
      paused_by_hand = {};
    }
    estimate.done(rows, at(time));
    if (half == 0 && rows >= total / 2.0) {
      told = static_cast<double>(estimate.left(total, at(time))->count()) / 1000;
      half = time;
    }
  }
  return std::abs(told - (time - half)) / (time - half);
}

TEST_CASE("at half way the time left is right within 15%", "[throttle]") {
  CHECK(error_at_half([](double, double) { return 20'000; }) < 0.02);
  CHECK(error_at_half([](double, double) { return 200; }) < 0.02);
  // Batches of different speed.
  CHECK(error_at_half([](double, double second) { return 10'000 + 5'000 * std::sin(second * 7); }) < 0.05);
  // Slower and slower, as an index grows: to 70%.
  CHECK(error_at_half([](double share, double) { return 10'000 * (1 - 0.3 * share); }) < 0.15);
  // Twice as slow after a quarter of the rows, when the day begins.
  CHECK(error_at_half([](double share, double) { return share < 0.25 ? 10'000 : 5'000; }) < 0.05);
  // A brake that holds for 3 of 10 seconds comes again.
  CHECK(error_at_half([](double, double second) { return std::fmod(second, 10) < 7 ? 10'000 : 0; }) < 0.15);
  // A pause that a person made does not.
  CHECK(error_at_half([](double, double) { return 10'000; }, seconds(600)) < 0.05);
}

using Cost = std::function<double(double share)>;

struct Told {
  double time, left;
};

double off(const std::vector<Told>& all, double at) {
  const double end = all.back().time;
  const auto told = std::ranges::find_if(all, [&](const Told& one) { return one.time >= at; });
  return std::abs(told->left - (end - told->time)) / (end - told->time);
}

/// Runs a backfill of rows whose cost at a share of the way is known; each of so many probes, at the start of
/// its part, is up to a tenth wrong. How far off the time left is, half way by rows and half way by time,
/// whichever is worse.
double error_with_probes(const Cost& cost, int probes, std::optional<std::int64_t> guess = 1'000'000) {
  constexpr std::int64_t total = 1'000'000, batch = 1000;
  Forecast forecast(1, guess, true, k_start);
  double time = 0, half_of_rows = 0;
  std::vector<Told> all;
  const auto now = [&] {
    return k_start + std::chrono::duration_cast<Time::duration>(std::chrono::duration<double>(time));
  };
  for (std::int64_t rows = 0; rows < total; rows += batch) {
    if (rows == total / 20 && probes >= 0) {
      std::vector<Stretch> stretches{{total, std::nullopt}};
      if (probes > 0) stretches.clear();
      for (int i = 0; i < probes; ++i)
        stretches.push_back({total / probes, cost(1.0 * i / probes) * (1 + 0.1 * std::sin(i * 37))});
      std::vector<Profile> profiles{Profile(std::move(stretches))};
      forecast.know(std::move(profiles), now());
    }
    time += batch * cost(static_cast<double>(rows) / total) / 100'000;
    forecast.done(0, batch, now());
    if (rows + batch == total / 2) half_of_rows = time;
    const auto left = forecast.left(now(), false);
    all.push_back({time, left ? static_cast<double>(left->count()) / 1000 : 0});
  }
  time += 0.05 * time; // the last look
  all.push_back({time, 0});
  return std::max(off(all, half_of_rows), off(all, all.back().time / 2));
}

TEST_CASE("rows that are not as wide as each other are reckoned with what probes say of them", "[throttle]") {
  const std::vector<std::pair<std::string, Cost>> tables{
      {"even", [](double) { return 1; }},
      {"wider", [](double share) { return share < 0.5 ? 1 : 2; }},
      {"narrower", [](double share) { return share < 0.5 ? 2 : 1; }},
      {"ten times wider", [](double share) { return share < 0.5 ? 1 : 10; }},
      {"ten times narrower", [](double share) { return share < 0.5 ? 10 : 1; }},
      {"ever wider", [](double share) { return 1 + 3 * share; }},
      {"stripes", [](double share) { return std::fmod(share, 0.125) < 0.0625 ? 1 : 5; }},
      {"one wide tenth", [](double share) { return share > 0.7 && share < 0.8 ? 4 : 1; }}};
  for (const auto& [name, cost] : tables) {
    INFO(name);
    CHECK(error_with_probes(cost, 32) < 0.15);
  }
  CHECK(error_with_probes(tables[1].second, -1) > 0.4); // without them
  CHECK(error_with_probes(tables[2].second, -1) > 0.6);
}

TEST_CASE("rows are counted where their number was guessed", "[throttle]") {
  for (const std::optional<std::int64_t> guess : {std::optional<std::int64_t>(3'000'000), {300'000}, {}})
    CHECK(error_with_probes([](double) { return 1; }, 0, guess) < 0.02);
  CHECK(error_with_probes([](double) { return 1; }, -1, 3'000'000) > 1);
}

TEST_CASE("where a rate is kept the width of rows does not count", "[throttle]") {
  Forecast forecast(1, std::nullopt, false, k_start);
  std::vector<Profile> profiles{Profile({{1000, 1.0}, {1000, 9.0}})};
  forecast.know(profiles, k_start);
  for (int second = 1; second <= 10; ++second) forecast.done(0, 100, k_start + seconds(second));
  CHECK(forecast.left(k_start + seconds(10), true) == seconds(10));
  CHECK(forecast.left(k_start + seconds(10), false) == seconds(90));
}

TEST_CASE("each worker goes its own way", "[throttle]") {
  Forecast forecast(2, 2000, false, k_start);
  forecast.done(0, 500, k_start + seconds(1));
  std::vector<Profile> profiles{Profile({{1000, 1.0}}), Profile({{500, 3.0}, {500, std::nullopt}})};
  forecast.know(profiles, k_start + seconds(1)); // 500 of 4000 are done
  forecast.done(0, 250, k_start + seconds(2));
  forecast.done(1, 250, k_start + seconds(2)); // 1000 more
  CHECK(forecast.rows() == 1000);
  CHECK(forecast.left(k_start + seconds(2), false) == milliseconds(2500));
}

TEST_CASE("nothing done is no rate", "[throttle]") {
  const Estimate estimate(k_start);
  CHECK(estimate.rate(k_start) == 0);
  CHECK_FALSE(estimate.left(1000, k_start + seconds(1)));
}
} // namespace
} // namespace afloat
