#include "model/passed_on.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::string_view k_words = " is passed to the server as it is";

/// As each of the notes begins.
std::string beginning(const SourcePosition& where) {
  return fmt::format("{}:{}{}", where.file, where.line, k_words);
}
} // namespace

std::string passed_on(const SourcePosition& where, std::string_view error) {
  return fmt::format("{}, its effect is unknown: {}.", beginning(where), error);
}

bool is_passed_on(const Step& step, const Plan& plan) {
  const auto is_noted = [&](const Statement& statement) {
    const std::string start = beginning(statement.where);
    return std::ranges::any_of(plan.notes, [&](const std::string& note) { return note.starts_with(start); });
  };
  const bool any = std::ranges::any_of(
      plan.notes, [&](const std::string& note) { return note.find(k_words) != std::string::npos; });
  if (!any) return false; // there may be a hundred thousand statements
  return std::ranges::any_of(step.statements, is_noted)
         || (step.work && step.work->written && is_noted(*step.work->written));
}

} // namespace afloat
