#include "sql/script.hpp"

#include "sql/lexeme.hpp"
#include "sql/other_marker.hpp"
#include "sql/shell_command.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
using Kind = Lexeme::Kind;

/// The words that a statement begins with, as many as it takes to know whether a body can follow.
class StatementHead {
 public:
  bool empty() const { return m_count == 0 && !m_complete; }
  /// Nothing that follows belongs to it.
  void complete() { m_complete = true; }
  void add(const Lexeme& lexeme) {
    if (lexeme.kind != Kind::word || m_count == m_words.size()) m_complete = true;
    if (!m_complete) m_words[m_count++] = lexeme.text;
  }
  bool starts_with(std::initializer_list<std::string_view> words, std::size_t from = 0) const {
    return from + words.size() <= m_count
           && std::ranges::equal(
               words, std::span(m_words).subspan(from, words.size()),
               [](std::string_view word, std::string_view text) { return same_word(text, word); });
  }

 private:
  std::array<std::string_view, 6> m_words{}; // EXPLAIN QUERY PLAN CREATE TEMP TRIGGER
  std::size_t m_count = 0;
  bool m_complete = false;
};

bool creates_routine(const StatementHead& head) {
  if (!head.starts_with({"create"})) return false;
  const std::size_t kind = head.starts_with({"or", "replace"}, 1) ? 3 : 1;
  return head.starts_with({"function"}, kind) || head.starts_with({"procedure"}, kind);
}

bool creates_trigger(const StatementHead& head) {
  std::size_t create = 0;
  if (head.starts_with({"explain"})) create = head.starts_with({"query", "plan"}, 1) ? 3 : 1;
  if (!head.starts_with({"create"}, create)) return false;
  const std::size_t kind =
      create
      + (head.starts_with({"temp"}, create + 1) || head.starts_with({"temporary"}, create + 1) ? 2 : 1);
  return head.starts_with({"trigger"}, kind);
}

/// A bracket or body that is open.
struct Opening {
  enum class Kind { parenthesis, json_parenthesis, bracket, body } kind = Kind::parenthesis;
  std::size_t offset = 0;
};

bool is_variable_part(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
         || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

/// The psql variable that begins at the colon; empty if none does.
std::string_view variable_at(std::string_view text) {
  struct Form {
    std::string_view open, close;
  };
  for (const auto& [open, close] : {Form{":{?", "}"}, Form{":'", "'"}, Form{":\"", "\""}, Form{":", ""}}) {
    if (!text.starts_with(open)) continue;
    std::size_t end = open.size();
    while (end < text.size() && is_variable_part(text[end])) ++end;
    if (end > open.size() && text.substr(end).starts_with(close)) return text.substr(0, end + close.size());
  }
  return {};
}

/// A comment that speaks to afloat; the spelling of the rest is judged by whoever reads it.
bool is_marker(std::string_view comment) {
  const std::size_t word = comment.find_first_not_of(" \t", 2);
  return word != std::string_view::npos && same_word(comment.substr(word, 7), "afloat:");
}

/// "--- afloat:contract", "-- afloat :contract", "-- afloat contract": a person means a marker, and it would
/// be a comment, which puts what stands below it into the block above.
bool is_misspelt_marker(std::string_view comment) {
  const std::size_t word = comment.find_first_not_of(" \t-*#+@=!", 2);
  if (word == std::string_view::npos || !same_word(comment.substr(word, 6), "afloat")) return false;
  const bool decorated = comment.substr(2, word - 2).find_first_not_of(" \t") != std::string_view::npos;
  const std::string_view rest = comment.substr(word + 6);
  const std::size_t name = rest.find_first_not_of(" \t");
  if (name == std::string_view::npos) return false;
  if (rest[name] == ':') return decorated || name > 0;
  // One word alone behind it; more are a sentence.
  const std::string_view words = rest.substr(name, rest.find_last_not_of(" \t\r") + 1 - name);
  return name > 0 && words.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos;
}

bool is_first_on_line(std::string_view text, std::size_t offset) {
  while (offset > 0 && (text[offset - 1] == ' ' || text[offset - 1] == '\t')) --offset;
  return offset == 0 || text[offset - 1] == '\n' || text[offset - 1] == '\r';
}

class ScriptReader {
 public:
  ScriptReader(const SourceText& source, Dialect dialect)
      : m_source(source), m_text(source.text()), m_dialect(dialect) {}

  std::vector<ScriptItem> read() {
    if (const std::size_t zero = m_text.find('\0'); zero != std::string_view::npos)
      throw invalid(zero, "a zero byte cannot stand in SQL", "Is it a text file, in UTF-8?");
    for (std::size_t at = 0; at < m_text.size();) {
      const Lexeme lexeme = next_lexeme(m_text, at, m_dialect);
      if (!lexeme.closed) throw not_closed(lexeme);
      take(lexeme);
      at = lexeme.end();
    }
    finish_statement();
    return std::move(m_items);
  }

 private:
  bool postgres() const { return m_dialect == Dialect::postgres; }
  bool in_body() const { return m_bodies > 0; }

  Error invalid(std::size_t offset, std::string message, std::string_view hint) const {
    return Error(ErrorCode::invalid_migration, std::move(message),
                 fmt::format("{} Nothing was changed.", hint))
        .at(m_source.at(offset));
  }

  Error not_closed(const Lexeme& lexeme) const;
  Error not_closed(const Opening& opening) const;
  Error shell_command(std::size_t offset) const;

  void take(const Lexeme& lexeme);
  void take_comment(const Lexeme& comment);
  /// What goose and others would not run now.
  void refuse_way_back(const Lexeme& comment) const;
  void take_semicolon(const Lexeme& semicolon);
  void take_word(const Lexeme& word);
  void take_symbol(const Lexeme& symbol);
  void close_bracket(char bracket);
  void check_variable(std::size_t offset) const;
  Error placeholder(std::size_t begin, std::size_t end) const;
  void begin_body(std::size_t offset);
  void end_body();
  const Opening* unclosed() const;
  void finish_statement();

  const SourceText& m_source;
  std::string_view m_text;
  Dialect m_dialect;
  std::vector<ScriptItem> m_items;

  // The statement that is being read; before its first lexeme m_first has no text.
  Lexeme m_first, m_last;
  StatementHead m_head; ///< of the statement, or of the one inside the innermost body
  std::vector<Opening> m_open;
  std::size_t m_parentheses = 0; ///< open ones; a body begins only where there are none
  std::size_t m_bodies = 0;
};

Error ScriptReader::not_closed(const Lexeme& lexeme) const {
  if (lexeme.kind == Kind::block_comment)
    return invalid(lexeme.begin, "this comment is not closed",
                   postgres() ? "Close it with */, each /* inside of it as well." : "Close it with */.");
  const char first = lexeme.text.front();
  if (first == '$') {
    const std::string_view tag = lexeme.text.substr(0, lexeme.text.find('$', 1) + 1);
    return invalid(lexeme.begin, fmt::format("this {} string is not closed", tag),
                   fmt::format("Close it with {}.", tag));
  }
  if (first == '"' || first == '`' || first == '[')
    return invalid(lexeme.begin, "this quoted name is not closed",
                   fmt::format("Close it with {}.", first == '[' ? ']' : first));
  if (first == '\'')
    return invalid(lexeme.begin, "this string is not closed",
                   postgres() ? "Close it with '. A quote inside is written '', a backslash changes nothing."
                              : "Close it with '. A quote inside is written ''.");
  return invalid(lexeme.begin, "this string is not closed", "Close it with '. A quote inside is written ''.");
}

Error ScriptReader::not_closed(const Opening& opening) const {
  if (opening.kind == Opening::Kind::body)
    return invalid(opening.offset, "this body is not closed",
                   "Write a semicolon behind each of its statements, and END; behind the last.");
  return invalid(opening.offset, "this parenthesis is not closed", "Close it within its statement.");
}

Error ScriptReader::shell_command(std::size_t offset) const {
  const std::string_view command = shell_command_name(m_text.substr(offset));
  return invalid(
      offset,
      fmt::format("{} is a command of {}, not SQL", command, postgres() ? "psql" : "the sqlite3 shell"),
      instead_of_shell_command(command, m_dialect));
}

void ScriptReader::take(const Lexeme& lexeme) {
  if (lexeme.kind == Kind::space) return;
  if (lexeme.kind == Kind::block_comment || lexeme.kind == Kind::line_comment) return take_comment(lexeme);
  if (lexeme.is(";") && (m_parentheses == 0 || !postgres())) return take_semicolon(lexeme);
  if (m_first.text.empty()) m_first = lexeme;
  if (lexeme.kind == Kind::word)
    take_word(lexeme);
  else
    m_head.complete();
  if (lexeme.kind == Kind::symbol) take_symbol(lexeme);
  m_last = lexeme;
}

void ScriptReader::refuse_way_back(const Lexeme& comment) const {
  const std::string_view program = whose_way_back(comment.text);
  if (program.empty()) return;
  throw invalid(comment.begin,
                fmt::format("here {} begins the way back, which would run with the rest", program),
                "Write `-- afloat:abort` on this line in its place, or remove what stands below it.");
}

void ScriptReader::take_comment(const Lexeme& comment) {
  if (in_body()) return;
  if (comment.kind == Kind::line_comment) refuse_way_back(comment);
  if (is_misspelt_marker(comment.text))
    throw invalid(comment.begin, "this is like a marker, and is none",
                  "Write it as `-- afloat:NAME`, or begin the comment with another word.");
  if (!is_marker(comment.text)) return;
  if (comment.kind == Kind::block_comment)
    throw invalid(comment.begin, "a marker is a comment that begins with \"--\"",
                  "Write it as `-- afloat:NAME` on a line of its own.");
  if (!is_first_on_line(m_text, comment.begin))
    throw invalid(comment.begin, "a marker stands on a line of its own",
                  "Put it on the line above or below, or begin the comment with another word.");
  finish_statement();
  m_items.push_back({true, comment.text, comment.begin});
}

void ScriptReader::take_semicolon(const Lexeme& semicolon) {
  if (!in_body()) return finish_statement();
  if (m_parentheses > 0) throw not_closed(*unclosed());
  m_head = {};
  m_last = semicolon;
}

void ScriptReader::take_word(const Lexeme& word) {
  // Inside a body END stands where a statement could begin; the END of a CASE, or a column of that name,
  // never.
  if (in_body() && m_head.empty() && word.is("end")) return end_body();
  m_head.add(word);
  if (m_parentheses > 0) return;
  if (postgres() && word.is("atomic") && m_last.is("begin") && creates_routine(m_head))
    return begin_body(m_last.begin);
  if (!postgres() && !in_body() && word.is("begin") && creates_trigger(m_head)) return begin_body(word.begin);
  // To the server "FROM stdout" is the same.
  const bool from_client = m_last.is("from") && (word.is("stdin") || word.is("stdout"));
  if (postgres() && from_client && m_head.starts_with({"copy"}))
    throw invalid(m_first.begin, "COPY … FROM stdin cannot stand in a migration",
                  "Write INSERT statements, or COPY … FROM a file on the server; or load the data with psql, "
                  "outside of migrations.");
}

void ScriptReader::take_symbol(const Lexeme& symbol) {
  const char c = symbol.text.size() == 1 ? symbol.text.front() : '\0';
  if (c == '(') {
    const bool json = m_last.is("json_object") || m_last.is("json_objectagg");
    m_open.push_back({json ? Opening::Kind::json_parenthesis : Opening::Kind::parenthesis, symbol.begin});
    ++m_parentheses;
  } else if (c == '[') {
    m_open.push_back({Opening::Kind::bracket, symbol.begin});
  } else if (c == ')' || c == ']') {
    close_bracket(c);
  } else if (const std::size_t end = behind_placeholder(m_text, symbol.begin)) {
    throw placeholder(symbol.begin, end);
  } else if (c == ':' && postgres()) {
    check_variable(symbol.begin);
  } else if (c == '\\' && postgres()) {
    throw shell_command(symbol.begin);
  } else if (c == '.' && !postgres() && m_first.begin == symbol.begin) {
    throw shell_command(symbol.begin);
  }
}

void ScriptReader::close_bracket(char bracket) {
  if (bracket == ']') {
    if (!m_open.empty() && m_open.back().kind == Opening::Kind::bracket) m_open.pop_back();
    return;
  }
  if (m_parentheses == 0) return;
  while (m_open.back().kind == Opening::Kind::bracket) m_open.pop_back();
  m_open.pop_back();
  --m_parentheses;
}

/// A colon outside of "::" and ":=" is SQL only in an array's slice and between the key and value of a JSON
/// object.
void ScriptReader::check_variable(std::size_t offset) const {
  if (!m_open.empty() && m_open.back().kind != Opening::Kind::parenthesis
      && m_open.back().kind != Opening::Kind::body)
    return;
  const std::string_view variable = variable_at(m_text.substr(offset));
  if (!variable.empty())
    throw invalid(offset, fmt::format("{} is a variable of psql, not SQL", variable),
                  "Write the value itself: afloat has no variables.");
}

Error ScriptReader::placeholder(std::size_t begin, std::size_t end) const {
  return invalid(
      begin, fmt::format("{} is another program's placeholder, not SQL", m_text.substr(begin, end - begin)),
      "Write what it stands for: afloat runs the file as it is.");
}

void ScriptReader::begin_body(std::size_t offset) {
  m_open.push_back({Opening::Kind::body, offset});
  ++m_bodies;
  m_head = {};
}

void ScriptReader::end_body() {
  while (m_open.back().kind != Opening::Kind::body) m_open.pop_back();
  m_open.pop_back();
  --m_bodies;
  m_head.complete();
}

/// The innermost body that is open, or the outermost parenthesis inside of it.
const Opening* ScriptReader::unclosed() const {
  const Opening* found = nullptr;
  for (const Opening& opening : m_open) {
    const bool body = opening.kind == Opening::Kind::body;
    if (body || (opening.kind != Opening::Kind::bracket && (!found || found->kind == Opening::Kind::body)))
      found = &opening;
  }
  return found;
}

void ScriptReader::finish_statement() {
  if (m_first.text.empty()) return;
  if (const Opening* opening = unclosed()) throw not_closed(*opening);
  m_items.push_back({false, m_text.substr(m_first.begin, m_last.end() - m_first.begin), m_first.begin});
  m_first = m_last = {};
  m_head = {};
  m_open.clear();
}
} // namespace

std::vector<ScriptItem> read_script(const SourceText& source, Dialect dialect) {
  return ScriptReader(source, dialect).read();
}

} // namespace afloat
