#pragma once

#include "model/schema.hpp"

#include <string>
#include <vector>

namespace afloat::test {

/// A line of a schema's picture. `sql` is a statement that the server may have spelt in its own way.
struct PictureLine {
  std::string text, sql;
};
using Picture = std::vector<PictureLine>;

/// All that plans are made from, but for the number of rows and what hangs on a column (Table::users). On
/// SQLite with the texts of tables, triggers and views, in small letters as types are, where `texts` says so.
Picture draw(Schema schema, bool texts = false);

/// The lines in which the pictures differ, "-" the server's and "+" the other's; empty if in none.
std::string difference(const Picture& picture, const Picture& server);

} // namespace afloat::test
