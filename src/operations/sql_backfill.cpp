#include "operations/sql_backfill.hpp"

#include "operations/common.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>

namespace afloat {
namespace {
bool is_name(const Token& token) {
  return token.kind == TokenKind::word || token.kind == TokenKind::quoted_word;
}

/// The columns that an UPDATE assigns.
std::vector<std::string> assigned(std::span<const Token> tokens) {
  std::vector<std::string> columns;
  bool assigns = false;
  for (std::size_t i = 1; i + 1 < tokens.size(); ++i) {
    if (tokens[i - 1].is("set")) assigns = true;
    if (tokens[i].is("where") || tokens[i].is("from")) assigns = false;
    const bool target =
        assigns && is_name(tokens[i])
        && (tokens[i + 1].text == "=" || tokens[i + 1].text == "," || tokens[i + 1].text == ")")
        && (tokens[i - 1].is("set") || tokens[i - 1].text == "," || tokens[i - 1].text == "(");
    if (target) columns.push_back(tokens[i].name());
  }
  return columns;
}

/// The condition of the UPDATE or MERGE that {batch} stands in, up to the end of the statement; `from`: where
/// that UPDATE or MERGE begins. Empty where {batch} is in none.
struct BatchCondition {
  std::span<const Token> from, condition;
};

BatchCondition condition_of_batch(std::span<const Token> tokens) {
  std::size_t batch = 0, depth = 0, begin = tokens.size(), condition = 0;
  while (batch + 1 < tokens.size() && !(tokens[batch].text == "{" && tokens[batch + 1].is("batch"))) ++batch;
  // Backwards from {batch}: its WHERE (or ON of a MERGE) is outside of the parentheses that are closed before
  // it.
  for (std::size_t i = batch; i-- > 0 && begin == tokens.size();) {
    if (tokens[i].text == ")") ++depth;
    if (tokens[i].text == "(" && depth > 0) --depth;
    if (depth > 0) continue;
    if (condition == 0 && (tokens[i].is("where") || tokens[i].is("on"))) condition = i;
    const bool begins = tokens[i].is("update") || tokens[i].is("merge");
    if (begins && (i == 0 || !(tokens[i - 1].is("for") || tokens[i - 1].is("do")))) begin = i;
  }
  return {tokens.subspan(begin), tokens.subspan(std::min(std::max(begin, condition), tokens.size()))};
}

/// A statement that assigns columns of which its condition looks at none: it holds for a row that is done as
/// it did before.
bool meets_done_rows(const std::string& sql) {
  const std::vector<Token> tokens = solid(sql);
  const auto [from, condition] = condition_of_batch(tokens);
  const std::vector<std::string> columns = assigned(from);
  const auto until =
      from.empty() || !from.front().is("merge")
          ? condition.end()
          : std::ranges::find_if(condition, [](const Token& token) { return token.is("then"); });
  return !columns.empty() && std::none_of(condition.begin(), until, [&](const Token& token) {
    return is_name(token) && std::ranges::count(columns, token.name()) > 0;
  });
}

/// Where rows are walked by their place, an UPDATE moves them to where a later batch meets them again.
void refuse_endless(const OperationContext& context, const Judged& statement, const KeyRanges& ranges,
                    const Table& table) {
  if (ranges.condition.find("ctid") == std::string::npos) return;
  if (!meets_done_rows(statement.written.statement.sql)) return;
  throw invalid_sql(context, statement.written.where,
                    fmt::format("{} has no key, so that the backfill would change rows more than once",
                                display(table.name)),
                    "A row that is updated gets another place, and a later batch meets it there. Add what "
                    "leaves out the rows that are done, such as `WHERE phone IS NULL AND {batch}`, or give "
                    "the table a primary key.");
}

/// A row whose key grows would be met again by a later batch, without end.
void refuse_changed_key(const OperationContext& context, const Judged& statement, const Table& table) {
  for (const std::string& column : assigned(solid(statement.written.statement.sql)))
    if (std::ranges::count(table.primary_key, column) > 0)
      throw invalid_sql(
          context, statement.written.where,
          fmt::format("the backfill changes {}, the key that it walks by", column),
          "A row with another key would be met again by a later batch. Change keys in an expand "
          "block, in one statement.");
}

/// {batch} becomes a condition on the table, which the statement must know.
void refuse_other_table(const OperationContext& context, const Judged& statement, const SqlBlock& block,
                        const Table& table) {
  const bool any_case = context.sql.dialect() == Dialect::sqlite;
  const auto same = [&](const Token& token) {
    return is_name(token)
           && (token.name() == table.name.name
               || (any_case && lower_case(token.name()) == lower_case(table.name.name)));
  };
  if (std::ranges::any_of(solid(statement.written.statement.sql), same)) return;
  throw invalid_sql(context, block.table_where,
                    fmt::format("the statement of the backfill does not name {}", display(table.name)),
                    "{batch} is where a range of that table's keys goes. Name the table that it is about.");
}

/// What the statement calls its table: UPDATE users AS u SET …
std::string alias_in(const std::string& sql, const Table& table) {
  const std::vector<Token> tokens = solid(sql);
  std::size_t i = 1;
  if (tokens.empty() || !(tokens[0].is("update") || tokens[0].is("delete"))) return {};
  while (i < tokens.size() && (tokens[i].is("from") || tokens[i].is("only"))) ++i;
  while (i + 2 < tokens.size() && is_name(tokens[i]) && tokens[i + 1].text == ".") i += 2;
  if (i + 1 >= tokens.size() || !is_name(tokens[i]) || tokens[i].name() != table.name.name) return {};
  ++i;
  if (tokens[i].is("as") && i + 1 < tokens.size()) ++i;
  for (const std::string_view word : {"set", "where", "using", "indexed", "not", "from", "returning"})
    if (tokens[i].is(word)) return {};
  return is_name(tokens[i]) ? tokens[i].name() : std::string();
}

} // namespace

Step backfill_step(const OperationSpec& spec, const OperationContext& context, const SqlBlock& block,
                   const Judged& statement) {
  const RelationName wanted = parse_relation(block.table);
  const Table& table = known_table(spec, context, wanted, block.table_where);
  const std::string& sql = statement.written.statement.sql;
  for (const std::string_view word : {"{after}", "{upto}", "{limit}"})
    if (sql.find(word) != std::string::npos)
      throw invalid_sql(context, statement.written.where,
                        fmt::format("\"{}\" cannot stand in a backfill", word),
                        "afloat uses it itself; write it in another way, such as '{' || 'limit}'.");
  std::string alias = block.alias.empty() ? alias_in(sql, table) : block.alias;
  KeyRanges ranges = context.sql.key_ranges(table, alias.empty() ? table.name.name : alias);
  if (ranges.work.key.empty()) // SQLite's rowid, where all of its names are taken
    throw invalid_sql(
        context, block.table_where,
        fmt::format("{} has nothing to walk by: its columns take the names rowid, _rowid_ and oid",
                    display(table.name)),
        "Fill it by a statement in an expand block, or give it an INTEGER PRIMARY KEY.");
  refuse_other_table(context, statement, block, table);
  refuse_changed_key(context, statement, table);
  refuse_endless(context, statement, ranges, table);
  Step step = range_step(Phase::backfill, StepKind::backfill,
                         fmt::format("{} in batches over {}", statement.facts.what, display(table.name)),
                         std::move(ranges.work), table);
  step.work->in_range = with_condition(sql, ranges.condition);
  step.work->in_range_from_start = with_condition(sql, ranges.condition_from_start);
  step.work->rows_per_batch = block.batch;
  step.work->written = statement.written.statement;
  return step;
}

} // namespace afloat
