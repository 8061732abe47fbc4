#include "commands/looking.hpp"
#include "commands/snapshot_policy.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace afloat {
namespace {
class SecondByHand : public Clock {
 public:
  std::chrono::steady_clock::time_point now() override { return m_now; }
  void wait(std::chrono::milliseconds) override { ++looked; }
  void pass(int seconds) { m_now += std::chrono::seconds(seconds); }
  int looked = 0;

 private:
  std::chrono::steady_clock::time_point m_now{std::chrono::hours(1)};
};

class Lines : public Reporter {
 public:
  void say(std::string_view text) override { lines.emplace_back(text); }
  std::vector<std::string> lines;
};
} // namespace

TEST_CASE("a look at a whole table tells every few seconds how far it is", "[looking]") {
  SecondByHand clock;
  Lines told;
  Looking looking(clock, told);
  looking.at("compare a", 10, 1000);
  clock.pass(4);
  looking.at("compare a", 200, 1000);
  CHECK(told.lines.empty());
  clock.pass(1);
  looking.at("compare a", 250, 1000);
  looking.at("compare a", 260, 1000);
  clock.pass(100);
  looking.at("look for b", 1); // another one begins
  clock.pass(5);
  looking.at("look for b", 5000);
  CHECK(told.lines
        == std::vector<std::string>{"compare a: 25% of about 1,000 rows, 50 rows/s, 15 s left",
                                    "look for b: 5,000 rows, 1,000 rows/s"});
  CHECK(clock.looked == 6); // a signal is noticed each time
}

TEST_CASE("a snapshot tells its rate also where it waits or begins anew", "[looking]") {
  SecondByHand clock;
  Lines told;
  const SnapshotWatch watch = watch_of(clock, told, "one");
  watch.progressed(0, 100'000'000);
  clock.pass(6);
  watch.progressed(0, 100'000'000); // somebody holds the lock
  clock.pass(5);
  watch.progressed(50'000'000, 100'000'000);
  clock.pass(5);
  watch.progressed(10'000'000, 100'000'000); // the next part
  clock.pass(5);
  watch.progressed(20'000'000, 100'000'000);
  CHECK(told.lines
        == std::vector<std::string>{"one: 0 MB, 0 MB/s", "one: 50% of about 100 MB, 10 MB/s, 5.0 s left",
                                    "one: 10 MB, 0 MB/s", "one: 20% of about 100 MB, 4 MB/s, 20 s left"});
}
} // namespace afloat
