#include "load/marker.hpp"

#include "load/load.hpp"
#include "model/fields.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace afloat {
namespace {
bool is_space(char c) {
  return c == ' ' || c == '\t';
}

/// A part of the marker's line; parts know their place.
class Line {
 public:
  Line(const SourceText& source, const ScriptItem& item) : m_source(source), m_item(item) {
    m_at = std::min(item.text.find(':') + 1, item.text.size());
  }

  SourcePosition where(std::size_t at) const { return m_source.at(m_item.offset + at); }
  bool done() {
    while (m_at < m_item.text.size() && is_space(m_item.text[m_at])) ++m_at;
    return m_at == m_item.text.size();
  }
  std::size_t at() const { return m_at; }
  std::string rest() const { return trimmed(m_item.text.substr(m_at)); }
  std::string_view rest_view() const {
    std::string_view rest = m_item.text.substr(m_at);
    while (!rest.empty() && is_space(rest.back())) rest.remove_suffix(1);
    return rest;
  }
  /// Up to white space or one of `ends`.
  std::string_view word(std::string_view ends) {
    const std::size_t start = m_at;
    while (m_at < m_item.text.size() && !is_space(m_item.text[m_at])
           && ends.find(m_item.text[m_at]) == std::string_view::npos)
      ++m_at;
    return m_item.text.substr(start, m_at - start);
  }
  /// Up to white space that stands outside of a name in double quotes, which begins the value or stands
  /// behind a dot. False where the quotes are not closed.
  bool value(std::string_view& value) {
    const std::size_t start = m_at;
    bool quoted = false;
    for (; m_at < m_item.text.size(); ++m_at) {
      const char c = m_item.text[m_at];
      if (c == '"' && (quoted || m_at == start || m_item.text[m_at - 1] == '.')) quoted = !quoted;
      // A doubled quote ends the name and begins it again.
      else if (c == '"' && m_item.text[m_at - 1] == '"')
        quoted = true;
      if (!quoted && is_space(c)) break;
    }
    value = m_item.text.substr(start, m_at - start);
    return !quoted;
  }
  bool take(char c) {
    if (m_at == m_item.text.size() || m_item.text[m_at] != c) return false;
    ++m_at;
    return true;
  }

 private:
  const SourceText& m_source;
  const ScriptItem& m_item;
  std::size_t m_at = 0;
};

Error invalid(const SourcePosition& where, std::string message, std::string_view hint) {
  return Error(ErrorCode::invalid_migration, std::move(message), fmt::format("{} Nothing was changed.", hint))
      .at(where);
}

std::string offer(std::string_view word, const std::vector<std::string>& known) {
  const auto near = nearest(word, known);
  return near ? fmt::format("Did you mean \"{}\"?", *near) : fmt::format("Known are: {}.", join(known, ", "));
}

const MarkerRow& row_of(const Line& line, std::string_view name, std::size_t at) {
  const auto rows = marker_rows();
  const auto row = std::ranges::find(rows, name, &MarkerRow::name);
  if (row != rows.end()) return *row;
  std::vector<std::string> known;
  for (const MarkerRow& other : rows) known.emplace_back(other.name);
  throw invalid(line.where(at), fmt::format("unknown marker \"afloat:{}\"", name), offer(name, known));
}

FieldValue value_of(const Line& line, std::string_view key, std::string_view value, std::size_t at) {
  if (key != "batch") return std::string(value);
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (failure != std::errc() || end != value.data() + value.size() || number < 1)
    throw invalid(line.where(at), fmt::format("batch is \"{}\"", value),
                  "It is `auto`, or the number of rows in each batch, such as batch=5000.");
  return number;
}

Record read_options(Line& line, const MarkerRow& row) {
  Record options;
  std::vector<std::string_view> given;
  while (!line.done()) {
    const std::size_t at = line.at();
    const std::string_view key = line.word("=");
    const std::vector<std::string> known(row.keys.begin(), row.keys.end());
    if (std::ranges::count(known, std::string(key)) == 0)
      throw invalid(line.where(at), fmt::format("afloat:{}: unknown key \"{}\"", row.name, key),
                    known.empty() ? "Nothing belongs behind this marker." : offer(key, known));
    if (!line.take('='))
      throw invalid(line.where(at), fmt::format("afloat:{}: \"{}\" has no value", row.name, key),
                    fmt::format("Write {}=VALUE, without spaces around \"=\".", key));
    const std::size_t value_at = line.at();
    std::string_view value;
    if (!line.value(value))
      throw invalid(line.where(value_at),
                    fmt::format("afloat:{}: a quote of \"{}\" is not closed", row.name, key),
                    "Write a name in quotes as SQL does: table=\"a.b\".");
    if (value.empty())
      throw invalid(line.where(value_at), fmt::format("afloat:{}: \"{}\" has no value", row.name, key),
                    fmt::format("Write {}=VALUE, without spaces around \"=\".", key));
    if (std::ranges::count(given, key) > 0)
      throw invalid(line.where(at), fmt::format("afloat:{}: \"{}\" is given twice", row.name, key),
                    "Remove one of them.");
    given.push_back(key);
    if (key == "batch" && value == "auto") continue;
    options.push_back({std::string(key), value_of(line, key, value, value_at), line.where(value_at)});
  }
  return options;
}
} // namespace

std::span<const MarkerRow> marker_rows() {
  static const std::vector<MarkerRow> rows{
      {"expand", {}, "begins a block of the expand phase: one transaction"},
      {"backfill",
       {"table", "batch", "as"},
       "begins a block with one statement that is run in batches over the keys of `table`"},
      {"contract", {}, "begins a block of the contract phase: one transaction"},
      {"abort", {}, "begins a block that undoes what expand and backfill did"},
      {"revert", {}, "begins a block that undoes what contract did"},
      {"no-transaction", {}, "below a block's marker: each of its statements is a step of its own"},
      {"done-when", {}, "above a statement outside a transaction: a query that is true once it took effect"},
      {"description", {}, "one sentence, shown by `plan`"},
  };
  return rows;
}

Marker parse_marker(const SourceText& source, const ScriptItem& item) {
  Line line(source, item);
  line.done(); // skips white space
  const std::size_t at = line.at();
  const std::string_view name = line.word("");
  const MarkerRow& row = row_of(line, name, at);
  Marker marker{row.name, {}, {}, line.where(at)};
  line.done();
  if (row.name == "done-when" || row.name == "description") {
    marker.rest = line.rest_view();
    if (marker.rest.empty())
      throw invalid(marker.where, fmt::format("nothing stands behind afloat:{}", row.name),
                    row.name == "done-when" ? "Write a query: `-- afloat:done-when SELECT …`."
                                            : "Write a sentence, or remove the line.");
    return marker;
  }
  marker.options = read_options(line, row);
  if (row.name == "backfill" && !find(marker.options, "table"))
    throw invalid(marker.where, "afloat:backfill does not say which table it walks",
                  "Write `-- afloat:backfill table=NAME`.");
  return marker;
}

} // namespace afloat
