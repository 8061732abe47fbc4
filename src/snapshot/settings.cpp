#include "snapshot/settings.hpp"

#include "support/text.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>

#include <fmt/format.h>

namespace afloat {
namespace {
using Setter = std::function<std::string(SnapshotSettings&, const std::string&)>;

Setter text_in(std::string SnapshotSettings::* member) {
  return [=](SnapshotSettings& settings, const std::string& text) {
    settings.*member = text;
    return std::string();
  };
}

Setter policy_in(std::string SnapshotSettings::* member) {
  return [=](SnapshotSettings& settings, const std::string& text) -> std::string {
    settings.*member = text;
    if (std::ranges::count(k_policies, text) > 0) return {};
    return fmt::format("\"{}\" is none of auto, none, schema, tables, full, command", text);
  };
}

Setter number_in(int SnapshotSettings::* member, int least) {
  return [=](SnapshotSettings& settings, const std::string& text) -> std::string {
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), settings.*member);
    if (failed == std::errc() && end == text.data() + text.size() && settings.*member >= least) return {};
    return fmt::format("\"{}\" is not a number from {} on", text, least);
  };
}

Setter duration_in(std::chrono::milliseconds SnapshotSettings::* member) {
  return [=](SnapshotSettings& settings, const std::string& text) -> std::string {
    const auto duration = parse_duration(text);
    if (duration) settings.*member = *duration;
    return duration ? "" : fmt::format("\"{}\" is not a duration such as \"30m\" or \"7d\"", text);
  };
}

std::string set_name(SnapshotSettings& settings, const std::string& text) {
  settings.name = text;
  const bool unfit =
      text.empty() || text.starts_with('.')
      || text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-{}")
             != std::string::npos;
  std::string rest = text;
  for (const std::string_view word : {"{{project}}", "{{version}}", "{{phase}}", "{{env}}"})
    rest = replaced(std::move(rest), word, "");
  if (!unfit && rest.find_first_of("{}") != std::string::npos)
    return fmt::format("\"{}\" has braces that nothing is put in for: known are {{{{project}}}}, "
                       "{{{{version}}}}, {{{{phase}}}}, {{{{env}}}}",
                       text);
  return unfit ? fmt::format("\"{}\" cannot be the name of a file: letters, digits, - _ . and {{{{words}}}}",
                             text)
               : "";
}

const std::map<std::string_view, Setter>& setters() {
  using S = SnapshotSettings;
  static const std::map<std::string_view, Setter> all{
      {"before_expand", policy_in(&S::before_expand)},
      {"before_contract", policy_in(&S::before_contract)},
      {"before_purge", policy_in(&S::before_purge)},
      {"folder",
       [](S& settings, const std::string& text) {
         settings.folder = text;
         return std::string(text.empty() ? "a folder must be named" : "");
       }},
      {"name", set_name},
      {"jobs", number_in(&S::jobs, 1)},
      {"programs", text_in(&S::programs)},
      {"command", text_in(&S::command)},
      {"observe", text_in(&S::observe)},
      {"deadline", duration_in(&S::deadline)},
      {"scratch", text_in(&S::scratch)},
      {"keep", number_in(&S::keep, 0)},
      {"keep_for", duration_in(&S::keep_for)},
  };
  return all;
}
} // namespace

std::string set_snapshot(SnapshotSettings& settings, std::string_view key, const std::string& text) {
  return setters().at(key)(settings, text);
}

} // namespace afloat
