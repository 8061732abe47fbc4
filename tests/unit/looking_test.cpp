#include "commands/looking.hpp"

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
} // namespace afloat
