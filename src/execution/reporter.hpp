#pragma once

#include "dialect/database.hpp"
#include "model/plan.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace afloat {

/// How far a step over many rows has come.
struct Progress {
  std::int64_t rows = 0;
  std::optional<std::int64_t> total; ///< estimated
  double speed = 0;                  ///< rows a second
  std::optional<std::chrono::milliseconds> left;
  std::string held_by; ///< why it pauses; empty while it runs
  std::chrono::milliseconds held_for{};
};

/// What a run tells about itself while it goes on; all of it goes to stderr or nowhere. The base class is
/// silent.
class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void step_begins(const Plan&, const Step&) {}
  virtual void step_ends(const Plan&, const Step&, std::chrono::milliseconds) {}
  virtual void progressed(const Step&, const Progress&) {}
  virtual void lock_missed(const Step&, const std::string& /*why*/, int /*attempt*/,
                           std::chrono::milliseconds /*pause*/) {}
  virtual void say(std::string_view) {}
};

/// Told of every point at which a run could be killed. The program itself uses the base class, which does
/// nothing; the fault tests kill at the n-th point. Points are named "before|after statement|commit STEP".
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void reached(std::string_view) {}
};

} // namespace afloat
