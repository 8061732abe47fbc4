#include "sql/script.hpp"

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>

// Time to split scripts of many shapes, most of them hostile: each line must grow with the size, not with its
// square.
namespace afloat {
namespace {
struct Shape {
  std::string_view name, head, unit, tail;
};

constexpr Shape k_shapes[] = {
    {"many statements", "", "ALTER TABLE shop.users ADD COLUMN phone text DEFAULT '000'; -- why\n", ""},
    {"one statement", "SELECT 1", " + 1", ""},
    {"one string", "SELECT '", "a''b", "'"},
    {"only semicolons", "", ";", ""},
    {"only markers", "", "-- afloat:expand\n", ""},
    {"only blanks, then a marker", "", " ", "-- afloat:expand"},
    {"nested parentheses", "", "(", ""},
    {"brackets that do not match", "(", "[)(", ""},
    {"nested comments", "", "/*", ""},
    {"dollars that are no quotes", "", "$a ", ""},
    {"dollar quotes in one", "$b$", "$a$", "$b$"},
    {"strings that could go on", "", "E''\n-- it's\n", ""},
    {"colons that are no variables", "", ":' ", ""},
    {"nested bodies", "", "CREATE FUNCTION f() BEGIN ATOMIC ", ""},
    {"triggers", "", "CREATE TRIGGER a DELETE ON t BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; END;\n", ""},
};

double seconds_to_split(const Shape& shape, std::size_t size, Dialect dialect) {
  std::string text(shape.head);
  while (text.size() < size) text += shape.unit;
  const SourceText source("bench.sql", text + std::string(shape.tail));
  const auto begin = std::chrono::steady_clock::now();
  try {
    read_script(source, dialect);
  } catch (const Error&) {
    // Most of the hostile ones are not closed, which is known at their end.
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}
} // namespace
} // namespace afloat

int main(int count, char** arguments) {
  const std::size_t size = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 10'000'000;
  for (const auto& shape : afloat::k_shapes)
    fmt::print("{}\t{:.4f}\t{:.4f}\n", shape.name,
               afloat::seconds_to_split(shape, size, afloat::Dialect::postgres),
               afloat::seconds_to_split(shape, size, afloat::Dialect::sqlite));
}
