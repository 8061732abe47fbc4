#pragma once

#include "model/dialect.hpp"
#include "support/source_text.hpp"

#include <string_view>
#include <vector>

namespace afloat {

/// A piece of a SQL script: a statement, or a comment line that is meant for afloat.
struct ScriptItem {
  bool marker = false;
  std::string_view text;  ///< a statement without white space, comments and semicolon around it; a marker's
                          ///< line from "--" to its end
  std::size_t offset = 0; ///< of the text in its source
};

/// Splits a script as the server's own shell would (psql's lexer, PostgreSQL 18 psqlscan.l;
/// sqlite3_complete), without running it. A statement ends at a semicolon outside of quotes, comments,
/// parentheses, BEGIN ATOMIC bodies and SQLite's trigger bodies; at a marker; or at the end. Empty statements
/// are left out. A marker is a comment line "-- afloat:…" that has nothing but blanks before it on its line
/// and stands outside of statements' quotes, comments and bodies; it is found in any case and with any blanks
/// before "afloat", so that whoever reads it can refuse a wrong spelling. Refused is one behind a statement
/// on its line, with a blank before the colon, or in "/* */": it would silently be a comment. Time is linear
/// in the text's size. Errors: invalid_migration at the position, for an unterminated string, quoted name,
/// comment, parenthesis or body, for a zero byte, for psql's meta-commands and variables, dot-commands of the
/// sqlite3 shell, and for COPY … FROM stdin, each with what to write instead.
std::vector<ScriptItem> read_script(const SourceText& source, Dialect dialect);

} // namespace afloat
