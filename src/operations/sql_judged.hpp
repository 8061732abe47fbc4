#pragma once

#include "operations/sql_blocks.hpp"
#include "sql/tokens.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace afloat {

/// A statement of an author with what it is.
struct Judged {
  WrittenStatement written;
  StatementFacts facts;
};

/// What it is, if it can stand in this block of a migration; throws invalid_sql() otherwise, with the
/// position inside of the statement where that is known.
Judged judged(const OperationSpec& spec, const OperationContext& context, const SqlBlock& block,
              WrittenStatement written);

/// Error invalid_migration, "migration 0003: …", at a place in a statement.
Error invalid_sql(const OperationContext& context, SourcePosition where, std::string_view message,
                  std::string_view hint);

/// Its words and signs, without space and comments. They are views into `sql`.
std::vector<Token> solid(const std::string& sql);

} // namespace afloat
