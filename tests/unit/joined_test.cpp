// A rename and a change of type of one column, written as two operations, are one.
#include "load/load.hpp"
#include "model/fields.hpp"
#include "operations/operation.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat {
namespace {
const std::string k_rename =
    "[[operation]]\ntype = \"rename_column\"\ntable = \"items\"\nfrom = \"code\"\nto = \"Nr\"\n";

std::string change(std::string_view column, std::string_view fields = {}) {
  return fmt::format("[[operation]]\ntype = \"change_type\"\ntable = \"items\"\ncolumn = \"{}\"\n"
                     "column_type = \"bigint\"\n{}\n",
                     column, fields);
}

std::string other(std::string_view field) {
  return fmt::format("{}{}\n", k_rename, field);
}

/// One line for each operation: its type, and what stands in its fields.
std::string read(const std::string& file) {
  std::string lines;
  for (const OperationSpec& spec :
       parse_migration("migrations/0001_x.toml", file, operation_rows()).operations) {
    lines += spec.type;
    for (const char* field : {"column", "from", "to", "up", "down"})
      if (find(spec.fields, field))
        lines += fmt::format(" {}={}:{}", field, where(spec, field).line, text(spec.fields, field));
    lines += "\n";
  }
  return lines;
}

TEST_CASE("a rename and a change of type of one column are one operation", "[load]") {
  CHECK(read(k_rename
             + change("Nr", "up = '''\"Nr\"::bigint + items.\"Nr\" + number'''\n"
                            "down = '''\"Nr\"::text'''"))
        == "change_type column=4:code to=5:Nr up=11:\"code\"::bigint + \"code\" + number "
           "down=12:\"Nr\"::text\n");
  CHECK(read(change("code", "up = 'code::bigint'\ndown = 'code::text || items.code'") + k_rename)
        == "change_type column=11:code to=12:Nr up=6:code::bigint down=7:\"Nr\"::text || \"Nr\"\n");
  CHECK(read(k_rename + change("Nr")) == "change_type column=4:code to=5:Nr\n");
}

TEST_CASE("a rename and a change of type that are not one operation stay two", "[load]") {
  const std::string file = GENERATE_COPY(
      k_rename + change("code"), change("Nr") + k_rename, other("attic = \"aside\"") + change("Nr"),
      other("upsert = \"serialize\"") + change("Nr"), k_rename + change("Nr", "to = \"number\""),
      k_rename + change("Nr", "up = 'nr::bigint'"), // another column on PostgreSQL
      k_rename + std::string("[[operation]]\ntype = \"sql\"\nexpand = \"SELECT 1\"\n") + change("Nr"));
  INFO(file);
  const std::string lines = read(file);
  CHECK(lines.find("rename_column from=") != std::string::npos);
  CHECK(lines.find("change_type column=") != std::string::npos);
}
} // namespace
} // namespace afloat
