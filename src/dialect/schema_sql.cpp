#include "dialect/schema_sql.hpp"

#include "support/text.hpp"

#include <fmt/format.h>

namespace afloat {

SchemaScript sql_between(const SchemaModel& from, const SchemaModel& to) {
  return sql_between(from, to, compare(from, to));
}

std::string script_text(const SchemaScript& script) {
  std::string text;
  for (const std::string& line : script.by_hand) text += fmt::format("-- by hand: {}\n", one_line(line, 400));
  for (const std::string& statement : script.statements) text += statement + ";\n";
  return text;
}

} // namespace afloat
