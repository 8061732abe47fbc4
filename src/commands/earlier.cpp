#include "commands/earlier.hpp"

#include "support/error.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::size_t k_most_named = 3;

/// These say the same of a run that has done something before.
constexpr std::array k_kept{ErrorCode::refused, ErrorCode::half_way, ErrorCode::interrupted, ErrorCode::bug};

/// What the words of errors say of the whole run, and what is left of them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> k_untrue{
    {{": nothing was changed.", "."},
     {"; nothing was changed.", "."},
     {"; nothing was changed, the same command can be run again.", "."},
     {" Nothing was changed.", ""}}};

std::string named(const std::vector<std::string>& done) {
  return done.size() > k_most_named ? count_of(static_cast<std::int64_t>(done.size()), "migration")
                                    : join(done, ", ");
}
} // namespace

void behind(const std::vector<std::string>& done, const std::function<void()>& body) {
  try {
    body();
  } catch (Error& error) {
    if (done.empty() || error.code == ErrorCode::bug) throw;
    for (const auto& [untrue, left] : k_untrue) error.hint = replaced(error.hint, untrue, left);
    if (std::ranges::find(k_kept, error.code) == k_kept.end()) error.code = ErrorCode::half_way;
    error.hint += fmt::format(
        "{}This run has done {} before, which {}; once the reason is gone, the same command goes on.",
        error.hint.empty() ? "" : " ", named(done), done.size() == 1 ? "stays" : "stay");
    throw;
  }
}

} // namespace afloat
