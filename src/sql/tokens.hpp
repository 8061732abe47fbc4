#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace afloat {

enum class TokenKind { space, word, quoted_word, string, number, symbol };

/// A piece of SQL text. Tokens follow each other without gaps: their texts joined are the input.
struct Token {
  TokenKind kind = TokenKind::symbol;
  std::string_view text;

  /// The identifier that a word names: quotes removed, bare words folded to lower case.
  std::string name() const;
  /// Keyword test, in any case: bare words only.
  bool is(std::string_view keyword) const;
};

/// Splits SQL text: comments count as space; strings ('…', E'…', $tag$…$tag$), quoted identifiers ("…", `…`,
/// […] is left to symbols) are one token. Never fails: an unterminated string runs to the end.
std::vector<Token> tokenize(std::string_view sql);

/// Replaces references to columns in an expression. `replace` is called for every word that may be a column:
/// not a function name (followed by an opening parenthesis), not a type after "::", not a part behind a dot,
/// not behind COLLATE; a qualified reference (`table.column`) is offered when the qualifier is `table`. It
/// returns the new text, or nothing to leave it. Names are matched without case for bare words.
std::string
replace_columns(std::string_view expression, std::string_view table,
                const std::function<std::optional<std::string>(std::string_view column)>& replace);

/// True if the expression may refer to the column, by the rules of replace_columns.
bool mentions(std::string_view expression, std::string_view table, std::string_view column);

} // namespace afloat
