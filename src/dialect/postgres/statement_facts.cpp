#include "dialect/postgres/facts_reader.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "sql/tokens.hpp"
#include "support/memo.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

namespace afloat::postgres {
namespace {

std::vector<Token> solid_tokens(std::string_view sql) {
  std::vector<Token> tokens = tokenize(sql);
  std::erase_if(tokens, [](const Token& token) { return token.kind == TokenKind::space; });
  return tokens;
}

std::string upper_case(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(),
                         [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
  return upper;
}

/// What a statement of a kind without a row of its own, or one that cannot be read, is called: the keywords
/// that it begins with, at most two.
std::string first_words(const std::vector<Token>& tokens) {
  constexpr std::array<std::string_view, 4> k_verbs{"create", "alter", "drop", "comment"};
  if (tokens.empty()) return "an empty statement";
  std::string words = upper_case(tokens[0].text);
  const bool has_object = std::ranges::any_of(k_verbs, [&](auto verb) { return tokens[0].is(verb); });
  if (has_object && tokens.size() > 1 && tokens[1].kind == TokenKind::word)
    words += " " + upper_case(tokens[1].text);
  return words;
}

/// ALTER TABLE name of a server that is newer than the parser: its strongest lock is a safe guess.
void guess(const std::vector<Token>& tokens, StatementFacts& facts) {
  facts.what = first_words(tokens);
  facts.outside = std::ranges::any_of(tokens, [](const Token& token) { return token.is("concurrently"); });
  if (facts.what != "ALTER TABLE") return;
  std::size_t at = 2;
  const auto skip = [&](std::string_view word) {
    if (at < tokens.size() && tokens[at].is(word)) ++at;
  };
  for (const std::string_view word : {"if", "exists", "only"}) skip(word);
  if (at >= tokens.size()) return;
  RelationName name{"", tokens[at].name()};
  if (at + 2 < tokens.size() && tokens[at + 1].text == ".") name = {name.name, tokens[at + 2].name()};
  set_title(facts, "ALTER TABLE", name);
  add_lock(facts, name, LockLevel::access_exclusive);
  add_relation(facts, name);
}

const FactsRow* find_row(std::string_view type) {
  for (const auto& rows : {facts_of_tables(), facts_of_alters(), facts_of_indexes(), facts_of_rows(),
                           facts_of_sessions(), facts_of_servers()})
    for (const FactsRow& row : rows)
      if (row.type == type) return &row;
  return nullptr;
}
} // namespace

void set_title(StatementFacts& facts, std::string_view words, const RelationName& name) {
  facts.what = std::string(words) + " " + display(name);
}

void add_lock(StatementFacts& facts, const RelationName& relation, LockLevel level) {
  const auto found = std::ranges::find(facts.locks, relation, &TableLock::relation);
  if (found == facts.locks.end())
    facts.locks.push_back({relation, level});
  else
    found->level = std::max(found->level, level);
}

void add_relation(StatementFacts& facts, const RelationName& relation) {
  if (std::ranges::find(facts.relations, relation) == facts.relations.end())
    facts.relations.push_back(relation);
}

void add_reads(StatementFacts& facts, const ParseNode& query) {
  for (const RelationName& name : relations_read(query)) add_lock(facts, name, LockLevel::access_share);
}

namespace {
/// A password in a statement would be kept in the ledger, and shown in plans and logs.
void refuse_password(const ParseNode& root, const std::string& sql, StatementFacts& facts) {
  constexpr std::array<std::string_view, 8> k_kinds{
      "CreateRoleStmt",          "AlterRoleStmt",          "CreateUserMappingStmt",  "AlterUserMappingStmt",
      "CreateForeignServerStmt", "AlterForeignServerStmt", "CreateSubscriptionStmt", "AlterSubscriptionStmt"};
  if (std::ranges::count(k_kinds, root.type()) == 0) return;
  bool behind_password = false;
  for (const Token& token : solid_tokens(sql)) {
    const bool text = token.kind == TokenKind::string;
    const std::string words = lower_case(token.text);
    const bool connection =
        text && (words.find("password") != std::string::npos || words.find("://") != std::string::npos);
    if ((text && behind_password) || connection) facts.secret = true;
    behind_password =
        token.is("password") || (token.kind == TokenKind::quoted_word && token.name() == "password");
  }
  if (!facts.secret) return;
  facts.refused = "a password stands in the statement, and would be kept in the ledger";
  facts.hint = "Set it outside of migrations; a role can be made here without one.";
}

StatementFacts read_facts(std::string_view statement) {
  StatementFacts facts;
  const std::string sql(statement);
  const ParsedStatement parsed(sql);
  if (parsed.error()) {
    guess(solid_tokens(sql), facts);
    facts.syntax_error = parsed.error()->message;
    facts.offset = parsed.error()->offset;
    return facts;
  }
  facts.what = first_words(solid_tokens(sql));
  const FactsRow* row = find_row(parsed.root().type());
  if (row) row->read(parsed.root(), facts);
  read_session_use(parsed.root(), facts);
  refuse_password(parsed.root(), sql, facts);
  if (parsed.root().is("DoStmt") && commits_by_itself(sql)) {
    facts.refused = "the DO block ends a transaction with COMMIT or ROLLBACK";
    facts.hint =
        "A migration's statements run in transactions that afloat begins and commits. Leave COMMIT and "
        "ROLLBACK out of the block, or write the work as a backfill, which goes batch by batch.";
  }
  return facts;
}
} // namespace

StatementFacts facts(std::string_view statement) {
  return remembered<read_facts>(statement);
}

} // namespace afloat::postgres
