#include "load/file_name.hpp"

#include "support/error.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::size_t k_most_digits = 18; // fits 64 bits

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Names that other programs give their files.
struct OtherName {
  std::string_view begins, ends, whose, instead;
};
constexpr std::array k_other_names{
    OtherName{"V", ".sql", "Flyway", "Rename it: V1__users.sql is 1_users.sql here"},
    OtherName{"R__", ".sql", "Flyway",
              "What a repeatable file makes goes into a migration each time that it changes"},
    OtherName{"U", ".sql", "Flyway",
              "Put its statements below `-- afloat:abort` in the file of that version"},
    OtherName{"", ".up.sql", "golang-migrate", "Rename it: 1_users.up.sql is 1_users.sql here"},
    OtherName{"", ".down.sql", "golang-migrate",
              "Put its statements below `-- afloat:abort` in the file of that version, and remove this one"},
};

/// "V1_2__users.sql" begins with the letter and a digit, "R__users.sql" with all of it.
bool is_of(const OtherName& other, std::string_view file) {
  if (!file.starts_with(other.begins) || !file.ends_with(other.ends)) return false;
  return other.begins.size() != 1 || (file.size() > 1 && is_digit(file[1]));
}

Error not_a_name(const std::string& path, std::string_view file) {
  const auto other =
      std::ranges::find_if(k_other_names, [&](const OtherName& row) { return is_of(row, file); });
  if (other != k_other_names.end())
    return {ErrorCode::invalid_migration,
            fmt::format("{} is named as {} does, and not as a migration here", path, other->whose),
            fmt::format("{}. Nothing was changed.", other->instead)};
  return {ErrorCode::invalid_migration, fmt::format("{} is not the name of a migration", path),
          fmt::format("Name it VERSION_NAME.toml or VERSION_NAME.sql: up to {} digits, \"_\", then letters, "
                      "digits, \"_\" or \"-\", such as 0001_rename_user_name.toml. Nothing was changed.",
                      k_most_digits)};
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
  if (!fits) throw not_a_name(path, file);
  return {std::stoll(label), label, name};
}

} // namespace afloat
