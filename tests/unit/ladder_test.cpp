#include "execution/ladder.hpp"
#include "unit/error_of.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat {
namespace {
using std::chrono::milliseconds;

/// Time passes only by waiting.
class FakeClock : public Clock {
 public:
  std::chrono::steady_clock::time_point now() override { return m_now; }
  void wait(milliseconds duration) override {
    m_now += duration;
    waited.push_back(duration);
  }
  std::vector<milliseconds> waited;

 private:
  std::chrono::steady_clock::time_point m_now{};
};

Error busy() {
  Error error(ErrorCode::busy, "could not lock users", "Nothing was changed.");
  error.sqlstate = "55P03";
  return error;
}

struct Climb {
  FakeClock clock;
  std::minstd_rand random{7};
  std::vector<milliseconds> announced;

  void operator()(const Ladder& ladder, const std::function<void()>& attempt) {
    climb(ladder, clock, random, attempt,
          [&](Error&, int, milliseconds pause) { announced.push_back(pause); });
  }
};

TEST_CASE("what succeeds at once does not wait", "[ladder]") {
  Climb climb;
  int tries = 0;
  climb({}, [&] { ++tries; });
  CHECK(tries == 1);
  CHECK(climb.clock.waited.empty());
}

TEST_CASE("pauses grow from try to try, with jitter, up to the longest", "[ladder]") {
  Climb climb;
  int tries = 0;
  climb({milliseconds(60'000), milliseconds(100), milliseconds(1'000)}, [&] {
    if (++tries < 8) throw busy();
  });
  REQUIRE(climb.clock.waited.size() == 7);
  CHECK(climb.clock.waited == climb.announced);
  milliseconds longest(100);
  for (const milliseconds pause : climb.clock.waited) {
    CHECK(pause >= longest / 2);
    CHECK(pause <= longest);
    longest = std::min(longest * 2, milliseconds(1'000));
  }
}

TEST_CASE("two runners do not march in step", "[ladder]") {
  std::vector<std::vector<milliseconds>> pauses;
  for (const unsigned seed : {1U, 2U}) {
    Climb climb;
    climb.random.seed(seed);
    int tries = 0;
    climb({}, [&] {
      if (++tries < 6) throw busy();
    });
    pauses.push_back(climb.clock.waited);
  }
  CHECK(pauses[0] != pauses[1]);
}

TEST_CASE("when the total is over the error says how often it was tried", "[ladder]") {
  Climb climb;
  const Ladder ladder{milliseconds(2'000), milliseconds(500), milliseconds(500)};
  const std::string message = test::error_of([&] { climb(ladder, [] { throw busy(); }); });
  CHECK(message
        == fmt::format("error: could not lock users within 2s ({} attempts)\n  hint: Nothing was changed.\n",
                       climb.announced.size()));
  CHECK(climb.clock.waited.size() + 1 == climb.announced.size());
  CHECK(climb.clock.now().time_since_epoch() < ladder.total);
}

TEST_CASE("only a missed lock is tried again", "[ladder]") {
  Climb climb;
  int tries = 0;
  CHECK(test::error_of([&] {
          climb({}, [&] {
            ++tries;
            throw Error(ErrorCode::statement, "no such table");
          });
        })
        == "error: no such table\n");
  CHECK(test::error_of([&] {
          climb({}, [&] {
            ++tries;
            throw Error(ErrorCode::busy, "the lease is lost");
          });
        })
        == "error: the lease is lost\n");
  CHECK(tries == 2);
  CHECK(climb.clock.waited.empty());
}
} // namespace
} // namespace afloat
