#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace afloat {

std::string trimmed(std::string_view text);
std::string lower_case(std::string_view text); ///< ASCII letters only
std::string join(std::span<const std::string> parts, std::string_view separator);
std::vector<std::string> split(std::string_view text, char separator);
std::string replaced(std::string text, std::string_view from, std::string_view to);

struct Placed {
  std::string_view key;
  std::string value;
};
/// Each "{key}" replaced by its value, in one pass: what stands in a value is not looked at, and what no key
/// names stays as it is.
std::string fill_places(std::string_view text, std::span<const Placed> values);
std::string fill_places(std::string_view text, std::initializer_list<Placed> values);

/// The text on one line, white space folded, cut with "…" when longer than `most` bytes (at a UTF-8
/// boundary).
std::string one_line(std::string_view text, std::size_t most);

/// Words folded at 80 columns for people. The first line begins at `column`, where the caller's own text
/// ends; the others after `indent` spaces.
std::string folded(std::string_view text, std::size_t indent, std::size_t column);

/// The candidate nearest to `word` by edit distance, if it is near enough to be what was meant
/// (at most a third of the word's length, and at least one edit is always allowed).
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

/// "250ms", "2s", "5m", "24h", "7d" or "0". Nothing if the text is not a duration.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// The shortest exact form of the same: 60s is "1m", 1500ms is "1500ms", 0 is "0".
std::string format_duration(std::chrono::milliseconds duration);
/// For people: "3 s", "4 min 10 s", "2 h 5 min", "41 ms".
std::string human_duration(std::chrono::milliseconds duration);

/// 1234567 -> "1,234,567".
std::string with_commas(std::int64_t number);
/// "1 row", "2 rows".
std::string count_of(std::int64_t number, std::string_view singular, std::string_view plural = {});

/// SHA-256 as 64 lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);

} // namespace afloat
