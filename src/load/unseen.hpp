#pragma once

#include "model/dialect.hpp"
#include "support/source_text.hpp"

namespace afloat {

/// Refuses, with its place, what a person does not see in a SQL file and the server does not take for what it
/// seems to be: outside of quotes and comments, a character that looks like a blank or like nothing and is a
/// letter (U+00A0, U+200B, …), as it comes with text that was copied; on SQLite, a comment that a CR alone
/// seems to end. Error invalid_migration.
void refuse_unseen(const SourceText& source, Dialect dialect);

} // namespace afloat
