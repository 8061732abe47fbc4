#include "throttle/brakes.hpp"
#include "throttle/pace.hpp"

#include <cmath>
#include <functional>

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
  CHECK_FALSE(settings.workers);
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
  CHECK_FALSE(without_defaults(settings, false).limit(Brake::waiters));
  CHECK(without_defaults(settings, false).limit(Brake::lag) == 1.5);
  CHECK(without_defaults(settings, false).workers == 2);
  CHECK_FALSE(without_defaults(settings, true).workers);
  CHECK(set_throttle(settings, "workers", "1") == "");
  CHECK(without_defaults(settings, false).workers == 1);
  CHECK(set_throttle(settings, "workers", "") == "");
  CHECK_FALSE(settings.workers);
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
    estimate.done(static_cast<std::int64_t>(rows), at(time));
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

TEST_CASE("nothing done is no rate", "[throttle]") {
  const Estimate estimate(k_start);
  CHECK(estimate.rate(k_start) == 0);
  CHECK_FALSE(estimate.left(1000, k_start + seconds(1)));
}
} // namespace
} // namespace afloat
