#include "load/formats.hpp"
#include "load/marker.hpp"
#include "load/unseen.hpp"
#include "model/fields.hpp"
#include "sql/script.hpp"
#include "sql/tokens.hpp"
#include "support/source_text.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

// A SQL migration becomes one operation of type "sql" with the file's blocks, each statement with its place.
namespace afloat {
namespace {
/// What stands between two markers that begin blocks.
struct Block {
  std::string phase = "expand";
  SourcePosition where;
  bool marked = false; ///< false for what stands before the first marker
  bool transaction = true;
  Record options; ///< of the marker
  std::vector<Record> statements;
  std::optional<Field> done_when; ///< of the next statement
};

Error invalid(const SourcePosition& where, std::string message, std::string_view hint) {
  return Error(ErrorCode::invalid_migration, std::move(message), fmt::format("{} Nothing was changed.", hint))
      .at(where);
}

SourceText valid_source(const std::string& path, std::string_view text) {
  const bool utf16 = text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
  if (utf16)
    throw invalid({path, 1, 1, {}}, "the file is UTF-16, not UTF-8",
                  "Save it as UTF-8, such as with `iconv -f utf-16 -t utf-8`.");
  SourceText source(path, text);
  const std::size_t offset = find_invalid_utf8(source.text());
  if (offset == std::string_view::npos) return source;
  SourcePosition where = source.at(offset);
  where.source_line.clear(); // a terminal could not show it
  throw invalid(where,
                fmt::format("the file is not valid UTF-8: byte 0x{:02X}",
                            static_cast<unsigned char>(source.text()[offset])),
                "Save it as UTF-8, such as with `iconv -f latin1 -t utf-8`.");
}

bool has_batch(std::string_view sql) {
  const std::vector<Token> tokens = tokenize(sql);
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i)
    if (tokens[i].text == "{" && tokens[i + 1].is("batch") && tokens[i + 2].text == "}") return true;
  return false;
}

/// Where the statement's own condition begins (0: it has none), whether an OR stands in it outside of
/// parentheses, and whether one stands in a condition together with {batch}, in parentheses or not.
struct Condition {
  std::size_t begin = 0;
  bool has_or = false, batch_beside_or = false;
};

Condition condition_of(std::string_view sql) {
  /// What stands between two parentheses, or in none.
  struct Group {
    bool has_or = false, has_batch = false; ///< of the condition that is being read
    bool ever_batch = false;
  };
  Condition condition;
  std::vector<Group> groups(1);
  std::size_t at = 0;
  const auto end_condition = [&] {
    Group& group = groups.back();
    condition.batch_beside_or |= group.has_or && group.has_batch;
    group.has_or = group.has_batch = false;
  };
  for (const Token& token : tokenize(sql)) {
    at += token.text.size();
    const bool outermost = groups.size() == 1;
    if (token.text == "(") groups.emplace_back();
    if (token.text == ")" && !outermost) {
      end_condition();
      const bool batch = groups.back().ever_batch;
      groups.pop_back();
      groups.back().has_batch |= batch;
      groups.back().ever_batch |= batch;
    }
    if (token.is("where")) end_condition();
    if (token.is("where") && outermost) condition.begin = at;
    if (token.is("or") && (!outermost || condition.begin > 0)) groups.back().has_or = true;
    if (token.text == "{") groups.back().has_batch = groups.back().ever_batch = true;
  }
  condition.has_or = groups.front().has_or;
  end_condition();
  return condition;
}

/// The statement with {batch} where it most likely belongs, on one line.
std::string with_batch(std::string_view sql) {
  const auto [where_end, has_or, beside] = condition_of(sql);
  const std::string text(sql);
  if (where_end == 0) return one_line(text + " WHERE {batch}", 200);
  if (!has_or) return one_line(text + " AND {batch}", 200);
  return one_line(text.substr(0, where_end) + " (" + trimmed(text.substr(where_end)) + ") AND {batch}", 200);
}

/// "{bacth}", "{ batch }": what was meant to be {batch}; empty if there is nothing like it.
std::string almost_batch(std::string_view sql) {
  std::size_t at = 0, open = std::string_view::npos;
  for (const Token& token : tokenize(sql)) {
    if (token.text == "{") open = at;
    at += token.text.size();
    if (token.text == "}" && open != std::string_view::npos) return std::string(sql.substr(open, at - open));
  }
  return {};
}

/// Only what changes rows, or looks at them, can be done range by range.
void refuse_other_work(const Field& statement) {
  constexpr std::array<std::string_view, 7> k_rows_work{"update", "insert", "delete", "merge",
                                                        "with",   "select", "replace"};
  const std::vector<Token> tokens = tokenize(std::get<std::string>(statement.value));
  const auto first =
      std::ranges::find_if(tokens, [](const Token& token) { return token.kind != TokenKind::space; });
  if (first == tokens.end() || first->kind != TokenKind::word) return;
  if (std::ranges::any_of(k_rows_work, [&](std::string_view word) { return first->is(word); })) return;
  throw invalid(
      statement.where, fmt::format("{} cannot be run in batches", first->text),
      "A backfill is an UPDATE, INSERT, DELETE or MERGE of rows; other statements stand in an expand "
      "block.");
}

void check_backfill(const Block& block) {
  if (block.statements.size() > 1)
    throw invalid(find(block.statements[1], "sql")->where, "a backfill block has one statement",
                  "Give each its own `-- afloat:backfill` line.");
  const Field& statement = *find(block.statements.front(), "sql");
  const std::string& sql = std::get<std::string>(statement.value);
  refuse_other_work(statement);
  const std::string almost = has_batch(sql) ? "" : almost_batch(sql);
  if (!almost.empty())
    throw invalid(statement.where,
                  fmt::format("the statement of a backfill has no {{batch}}, but {}", almost),
                  fmt::format("Write {{batch}} in the place of {}.", almost));
  if (!has_batch(sql))
    throw invalid(statement.where, "the statement of a backfill has no {batch}",
                  fmt::format("It is where the key range of each batch goes. Write `{};`.", with_batch(sql)));
  if (condition_of(sql).batch_beside_or)
    throw invalid(statement.where, "{batch} beside OR does not keep a batch to its rows",
                  "Put the condition into parentheses: WHERE (… OR …) AND {batch}.");
}

void refuse_batch(const Block& block) {
  for (const Record& statement : block.statements)
    if (has_batch(text(statement, "sql")))
      throw invalid(find(statement, "sql")->where, "{batch} belongs into a backfill block",
                    "Put `-- afloat:backfill table=NAME` above the statement.");
}

/// Expand before backfill before contract; the others may stand anywhere.
void check_order(const Block& block, std::string& latest) {
  constexpr std::array<std::string_view, 3> k_order{"expand", "backfill", "contract"};
  const auto place = [&](std::string_view phase) { return std::ranges::find(k_order, phase); };
  if (place(block.phase) == k_order.end()) return;
  if (!latest.empty() && place(block.phase) < place(latest))
    throw invalid(
        block.where, fmt::format("the {} block stands behind a {} block", block.phase, latest),
        "Phases run in the order expand, backfill, contract: bring the blocks into this order, or make "
        "two migrations.");
  latest = block.phase;
}

class Reader {
 public:
  explicit Reader(const SourceText& source) : m_source(source) {}

  void marker(const Marker& marker) {
    if (marker.name == "description") {
      if (!description.empty())
        throw invalid(marker.where, "the file has a description already",
                      "Write one sentence for the whole file.");
      description = marker.rest;
    } else if (marker.name == "no-transaction") {
      no_transaction(marker);
    } else if (marker.name == "done-when") {
      done_when(marker);
    } else {
      finish();
      m_block = {.phase = std::string(marker.name), .where = marker.where, .marked = true};
      m_block.options = marker.options;
    }
  }

  void statement(const ScriptItem& item) {
    const SourcePosition where = m_source.at(item.offset);
    if (m_block.statements.empty() && !m_block.marked) m_block.where = where;
    Record record;
    record.push_back({"sql", std::string(item.text), where});
    if (m_block.done_when) record.push_back(*std::exchange(m_block.done_when, std::nullopt));
    m_block.statements.push_back(std::move(record));
  }

  void finish() {
    Block block = std::exchange(m_block, {});
    if (block.done_when)
      throw invalid(block.done_when->where, "no statement follows this done-when",
                    "It belongs above the statement that it asks about.");
    if (block.statements.empty()) {
      if (block.marked)
        throw invalid(block.where, fmt::format("the {} block has no statements", block.phase),
                      "Write them below this line, or remove it.");
      if (!block.transaction)
        throw invalid(block.where, "no-transaction stands in no block", "Put it below `-- afloat:expand`.");
      return;
    }
    check_order(block, m_latest);
    if (block.phase == "backfill")
      check_backfill(block);
    else
      refuse_batch(block);
    Record record = std::move(block.options);
    record.push_back({"phase", std::move(block.phase), block.where});
    record.push_back({"transaction", block.transaction, block.where});
    record.push_back({"statements", std::move(block.statements), block.where});
    blocks.push_back(std::move(record));
  }

  std::string description;
  std::vector<Record> blocks;

 private:
  void no_transaction(const Marker& marker) {
    if (m_block.phase == "backfill")
      throw invalid(marker.where, "a backfill block is in batches, each a transaction of its own",
                    "Remove this line.");
    if (!m_block.statements.empty())
      throw invalid(
          marker.where, "no-transaction stands behind a statement of its block",
          fmt::format("Put it right below the line `-- afloat:{}`, or begin a new block.", m_block.phase));
    m_block.transaction = false;
    if (!m_block.marked) m_block.where = marker.where;
  }

  void done_when(const Marker& marker) {
    if (m_block.transaction)
      throw invalid(marker.where, "done-when is only needed outside a transaction",
                    "Remove this line, or put `-- afloat:no-transaction` below the block's marker.");
    m_block.done_when = Field{"done_when", std::string(marker.rest), marker.where};
  }

  const SourceText& m_source;
  Block m_block;
  std::string m_latest;
};
} // namespace

void parse_sql(Migration& migration, std::string_view text, Dialect dialect) {
  const SourceText source = valid_source(migration.path, text);
  refuse_unseen(source, dialect);
  Reader reader(source);
  for (const ScriptItem& item : read_script(source, dialect))
    item.marker ? reader.marker(parse_marker(source, item)) : reader.statement(item);
  reader.finish();
  if (reader.blocks.empty())
    throw invalid(source.at(0), "the file has no statements",
                  "Write SQL statements, each with a semicolon at its end.");
  migration.description = reader.description;
  const SourcePosition where = reader.blocks.front().back().where;
  OperationSpec& operation = migration.operations.emplace_back();
  operation.type = "sql";
  operation.where = where;
  operation.fields.push_back({"blocks", std::move(reader.blocks), where}); // as a list it would be copied
}

} // namespace afloat
