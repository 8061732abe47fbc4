#pragma once

#include "dialect/sql_writer.hpp"
#include "dialect/sqlite/statement_reader.hpp"

#include <string_view>

/// The parts of SQLite's SqlWriter::facts, one file a subject. Internal to dialect/sqlite.
namespace afloat::sqlite {

/// What a pragma does; `reader` stands behind the word PRAGMA.
void read_pragma(StatementReader& reader, StatementFacts& facts);

/// Fills in syntax_error and offset, as SQLite's own parser sees them in an empty database; nothing of the
/// statement is run.
void check_syntax(std::string_view statement, StatementFacts& facts);

/// The lock of what changes the file as a whole, whichever tables are in it.
TableLock whole_file();

} // namespace afloat::sqlite
