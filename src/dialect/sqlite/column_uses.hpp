#pragma once

#include <string>

struct sqlite3;

/// What the stored triggers say of a table's columns, asked of SQLite itself.
namespace afloat::sqlite {

/// True if the trigger reads or writes the column, in whichever table it is and whatever stands between them
/// (a view, NEW and OLD, a column list). Asked by renaming the column in an empty copy of the schema, in
/// memory, without the guards that afloat gave the trigger. Where the trigger names what cannot be copied (a
/// virtual table), the column's name in its text is enough.
bool trigger_uses(sqlite3* connection, const std::string& trigger, const std::string& table,
                  const std::string& column);

/// The text of a user's trigger without all that afloat has added, for whichever sync.
std::string without_marks(std::string sql);

/// The text of a trigger of `table` without afloat's questions whether this or that column was changed, where
/// the table has no such column: a window that was open when the text was made has been closed since.
std::string forget_missing(sqlite3* connection, const std::string& create_trigger, const std::string& table);

} // namespace afloat::sqlite
