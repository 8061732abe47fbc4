#include "operations/sql_judged.hpp"

#include "model/fields.hpp"
#include "support/source_text.hpp"
#include "support/text.hpp"

#include <utility>

#include <fmt/format.h>

namespace afloat {

std::vector<Token> solid(const std::string& sql) {
  std::vector<Token> tokens = tokenize(sql);
  std::erase_if(tokens, [](const Token& token) { return token.kind == TokenKind::space; });
  return tokens;
}

Error invalid_sql(const OperationContext& context, SourcePosition where, std::string_view message,
                  std::string_view hint) {
  return Error(ErrorCode::invalid_migration, fmt::format("migration {}: {}", context.label, message),
               fmt::format("{}{}Nothing was changed.", hint, hint.empty() ? "" : " "))
      .at(std::move(where));
}

namespace {
bool is_from_file(const OperationSpec& spec) {
  return find(spec.fields, "blocks") != nullptr;
}

void check_probe(const OperationContext& context, const WrittenStatement& written) {
  const StatementFacts facts = context.sql.facts(written.done_when);
  if (!facts.syntax_error.empty() || !facts.what.starts_with("SELECT"))
    throw invalid_sql(context, written.done_when_where.file.empty() ? written.where : written.done_when_where,
                      facts.syntax_error.empty() ? "done-when is not a query"
                                                 : "done-when: " + facts.syntax_error,
                      "It is a SELECT whose one value is true once the statement took effect.");
}

/// The first of afloat's own objects that the statement names, as it is written there: the ledger, a trigger
/// of a window, on PostgreSQL the schema. Empty for a query, and for rights.
std::string own_object_in(const std::string& sql, const StatementFacts& facts, Dialect dialect) {
  const std::vector<Token> tokens = solid(sql);
  for (const std::string_view harmless : {"SELECT", "EXPLAIN", "GRANT", "REVOKE"})
    if (facts.what.starts_with(harmless)) return {};
  const bool on_schema = tokens.size() > 1 && tokens[1].is("schema");
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].kind != TokenKind::word && tokens[i].kind != TokenKind::quoted_word) continue;
    const std::string name = dialect == Dialect::sqlite ? lower_case(tokens[i].name()) : tokens[i].name();
    const bool qualifies = i + 1 < tokens.size() && tokens[i + 1].text == ".";
    const bool is_schema = name == "afloat" && dialect == Dialect::postgres
                           && (on_schema || qualifies || (i > 0 && tokens[i - 1].is("schema")));
    if (is_schema || is_own_name(name)) return std::string(tokens[i].text);
  }
  return {};
}

} // namespace

Judged judged(const OperationSpec& spec, const OperationContext& context, const SqlBlock& block,
              WrittenStatement written) {
  // A backfill is judged with a condition in the place of {batch}, which no parser knows.
  const std::string& sql = written.statement.sql;
  StatementFacts facts = context.sql.facts(block.phase == Phase::backfill ? with_condition(sql, "1=1") : sql);
  const auto refusal = [&](std::string_view message, std::string_view hint) {
    SourcePosition where =
        is_from_file(spec) ? place_inside(written.where, sql, facts.offset) : written.where;
    if (facts.secret) where.source_line.clear();
    return invalid_sql(context, std::move(where), message, hint);
  };
  if (!facts.refused.empty()) throw refusal(facts.refused, facts.hint);
  if (const std::string own = own_object_in(sql, facts, context.sql.dialect()); !own.empty())
    throw refusal(fmt::format("{} belongs to afloat itself", own),
                  "What afloat keeps for its windows and its ledger goes by its own commands.");
  if (facts.until_commit && !block.transaction)
    throw refusal(
        fmt::format("{} ends with its transaction, and here each statement has its own", facts.what),
        "Put it with the statements that it is meant for into a block without no-transaction.");
  if (!facts.syntax_error.empty() && !context.newer_syntax)
    throw refusal(
        facts.syntax_error,
        !facts.hint.empty() ? facts.hint
        : context.sql.dialect() == Dialect::postgres
            ? "If it is right, and only newer than the parser that afloat has, set `newer_syntax = "
              "true` under [project]."
            : "It is SQLite that cannot read this: look at the word under the caret and the one before it.");
  if (!written.done_when.empty() && !context.newer_syntax) check_probe(context, written);
  return {std::move(written), std::move(facts)};
}

} // namespace afloat
