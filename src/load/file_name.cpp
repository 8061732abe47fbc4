#include "load/file_name.hpp"

#include "support/error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::size_t k_most_digits = 18; // fits 64 bits

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
} // namespace

bool is_migration_name(std::string_view name) {
  const auto fits = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
  };
  return !name.empty() && std::ranges::all_of(name, fits);
}

FileName parse_file_name(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string file = path.substr(slash == std::string::npos ? 0 : slash + 1);
  const std::string stem = file.substr(0, file.rfind('.'));
  const auto first_other = std::ranges::find_if_not(stem, is_digit);
  const std::string label(stem.begin(), first_other);
  const std::string name(first_other == stem.end() ? first_other : first_other + 1, stem.end());
  const bool fits = !label.empty() && label.size() <= k_most_digits && first_other != stem.end()
                    && *first_other == '_' && is_migration_name(name);
  if (!fits)
    throw Error(ErrorCode::invalid_migration, fmt::format("{} is not the name of a migration", path),
                fmt::format("Name it VERSION_NAME.toml or VERSION_NAME.sql: up to {} digits, \"_\", then "
                            "letters, digits, \"_\" "
                            "or \"-\", such as "
                            "0001_rename_user_name.toml. Nothing was changed.",
                            k_most_digits));
  return {std::stoll(label), label, name};
}

} // namespace afloat
