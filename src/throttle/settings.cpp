#include "throttle/settings.hpp"

#include "support/text.hpp"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace afloat {
namespace {
std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || number < 0) return {};
  return number;
}

std::optional<double> seconds(std::string_view text) {
  const auto duration = parse_duration(text);
  return duration ? std::optional(static_cast<double>(duration->count()) / 1000) : std::nullopt;
}

std::optional<double> count(std::string_view text) {
  const auto number = whole_number(text);
  return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
}

std::optional<double> share(std::string_view text) {
  if (text.ends_with('%')) text.remove_suffix(1);
  const auto percent = whole_number(text);
  return percent ? std::optional(static_cast<double>(*percent) / 100) : std::nullopt;
}

std::string no_number(std::string_view text) {
  return fmt::format("\"{}\" is not a whole number", text);
}

/// A limit of a brake from its text; empty means that it is not watched.
std::string set_limit(std::optional<double>& limit, std::string_view text,
                      std::optional<double> (*read)(std::string_view), std::string_view kind) {
  const auto value = text.empty() ? std::nullopt : read(text);
  if (!text.empty() && !value) return fmt::format("\"{}\" is not {}", text, kind);
  limit = value;
  return {};
}

std::string set_rate(ThrottleSettings& settings, std::string_view text) {
  const auto rate = whole_number(text);
  if (!text.empty() && !rate) return no_number(text);
  if (rate == 0) return "0 rows a second would never end";
  settings.rate = rate;
  return {};
}

std::string set_workers(ThrottleSettings& settings, std::string_view text) {
  constexpr std::int64_t k_most = 64;
  if (text.empty()) return settings.workers.reset(), std::string();
  const auto workers = whole_number(text);
  if (!workers || *workers < 1 || *workers > k_most)
    return fmt::format("\"{}\" is not a number from 1 to {}", text, k_most);
  settings.workers = *workers;
  return {};
}

std::string set_vacuum_every(ThrottleSettings& settings, std::string_view text) {
  const auto rows = whole_number(text);
  if (!rows) return no_number(text);
  settings.vacuum_every = *rows;
  return {};
}

std::string set_yield(ThrottleSettings& settings, std::string_view text) {
  if (text != "true" && text != "false") return fmt::format("\"{}\" is not true or false", text);
  settings.limit(Brake::vacuum) = text == "true" ? std::optional(0.0) : std::nullopt;
  return {};
}

std::string set_query(ThrottleSettings& settings, std::string_view text) {
  settings.pause_when = trimmed(text);
  while (settings.pause_when.ends_with(';')) settings.pause_when.pop_back();
  settings.limit(Brake::query) = settings.pause_when.empty() ? std::nullopt : std::optional(0.0);
  return {};
}

using Set = std::string (*)(ThrottleSettings&, std::string_view);
struct Setter {
  std::string_view key;
  Set set;
};
constexpr std::array<Setter, k_throttle_rows.size()> k_setters{{
    {"rate", set_rate},
    {"max_lag", [](auto& s, auto t) { return set_limit(s.limit(Brake::lag), t, seconds, "a duration"); }},
    {"max_load", [](auto& s, auto t) { return set_limit(s.limit(Brake::load), t, count, "a whole number"); }},
    {"pause_when", set_query},
    {"max_waiters",
     [](auto& s, auto t) { return set_limit(s.limit(Brake::waiters), t, count, "a whole number"); }},
    {"max_commit",
     [](auto& s, auto t) { return set_limit(s.limit(Brake::commit), t, seconds, "a duration"); }},
    {"max_wal_rate",
     [](auto& s, auto t) { return set_limit(s.limit(Brake::wal), t, parse_size, "a size such as 20MB"); }},
    {"yield_to_vacuum", set_yield},
    {"pause", [](auto& s, auto t) { return set_limit(s.pause, t, share, "a percentage"); }},
    {"vacuum_every", set_vacuum_every},
    {"workers", set_workers},
}};
} // namespace

std::string set_throttle(ThrottleSettings& settings, std::string_view key, std::string_view text) {
  for (const Setter& setter : k_setters)
    if (setter.key == key) return setter.set(settings, text);
  return fmt::format("there is no setting \"{}\"", key);
}

ThrottleSettings default_throttle() {
  ThrottleSettings settings;
  for (const ThrottleRow& row : k_throttle_rows) set_throttle(settings, row.key, row.otherwise);
  return settings;
}

ThrottleSettings without_defaults(ThrottleSettings settings, bool one_writer) {
  settings.limit(Brake::waiters).reset();
  settings.limit(Brake::commit).reset();
  settings.pause = 0;
  if (!settings.workers && !one_writer) settings.workers = 2;
  return settings;
}

std::optional<double> parse_size(std::string_view text) {
  struct Unit {
    std::string_view name;
    double bytes;
  };
  constexpr std::array k_units{Unit{"kb", 1024.0}, Unit{"mb", 1024.0 * 1024},
                               Unit{"gb", 1024.0 * 1024 * 1024}};
  const std::string lower = lower_case(trimmed(text));
  for (const Unit& unit : k_units)
    if (lower.ends_with(unit.name)) {
      const auto number = whole_number(trimmed(lower.substr(0, lower.size() - unit.name.size())));
      return number ? std::optional(static_cast<double>(*number) * unit.bytes) : std::nullopt;
    }
  return count(lower);
}

} // namespace afloat
