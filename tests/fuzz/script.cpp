#include "sql/script.hpp"

#include "fuzz/finding.hpp"
#include "fuzz/targets.hpp"
#include "support/statement_ends.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace afloat::test {
namespace {
using Items = std::vector<ScriptItem>;

std::vector<std::string> texts_of(std::string_view script, Dialect dialect) {
  const SourceText source("0001_x.sql", script);
  std::vector<std::string> texts;
  for (const ScriptItem& item : read_script(source, dialect)) texts.emplace_back(item.text);
  return texts;
}

/// What is left out between two items holds nothing, and a statement alone is the same statement.
void check_texts(std::string_view text, const Items& items, Dialect dialect) {
  std::size_t behind = 0;
  const auto check_gap = [&](std::size_t until) {
    // Behind a semicolon, so that a comment there does not come to stand first on its line.
    const std::string gap = ";" + std::string(text.substr(behind, until - behind));
    require(texts_of(gap, dialect).empty(), fmt::format("left out: {}", gap));
  };
  for (const ScriptItem& item : items) {
    require(item.offset >= behind && item.offset + item.text.size() <= text.size()
                && item.text.data() == text.data() + item.offset && !item.text.empty(),
            "an item that does not lie behind the one before it");
    check_gap(item.offset);
    // Behind another character, so that no byte-order mark comes to stand first; CR CR LF becomes LF only
    // when it is read twice.
    const std::vector<std::string> alone =
        texts_of((item.marker ? "\n" : ";") + std::string(item.text), dialect);
    require(alone == std::vector<std::string>{std::string(item.text)}
                || item.text.find("\r\n") != std::string_view::npos,
            fmt::format("not the same when alone: {}", item.text));
    behind = item.offset + item.text.size();
  }
  check_gap(text.size());
}

void compare(const Items& items, const std::vector<StatementRange>& ranges) {
  require(items.size() == ranges.size(),
          fmt::format("{} statements, but the parser finds {}", items.size(), ranges.size()));
  for (std::size_t i = 0; i < items.size(); ++i)
    require(items[i].offset >= ranges[i].begin && items[i].offset + items[i].text.size() <= ranges[i].end,
            fmt::format("statement {} ends elsewhere", i + 1));
}

void check_dialect(std::string_view input, Dialect dialect) {
  const SourceText source("0001_x.sql", input);
  const auto parsed = [&] {
    const std::string text(source.text());
    return dialect == Dialect::postgres ? postgres_statements(text) : sqlite_statements(text);
  };
  try {
    const Items items = read_script(source, dialect);
    check_texts(source.text(), items, dialect);
    if (std::ranges::any_of(items, &ScriptItem::marker)) return;
    if (const auto ranges = parsed()) compare(items, *ranges);
  } catch (const Error& error) {
    require(error.code == ErrorCode::invalid_migration, "another error than invalid_migration");
    require_whole(error);
    // What the parser takes may only be refused because of the client: SQL without a zero byte, COPY, a
    // marker in the wrong place, another program's way back, and a comment that is not closed, which SQLite
    // takes.
    const bool refused_on_purpose =
        error.message.starts_with("a zero byte") || error.message.starts_with("COPY")
        || error.message.find("begins the way back") != std::string::npos || dialect == Dialect::sqlite;
    require(refused_on_purpose || error.message.find("marker") != std::string::npos || !parsed(),
            fmt::format("refused, but the parser takes it: {}", error.message));
  }
}
} // namespace

void check_script(std::string_view input) {
  check_dialect(input, Dialect::postgres);
  check_dialect(input, Dialect::sqlite);
}

} // namespace afloat::test
