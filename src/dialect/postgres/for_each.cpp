#include "dialect/postgres/for_each.hpp"

#include "dialect/postgres/names.hpp"

#include <fmt/format.h>

namespace afloat::postgres {

std::string for_each(std::string_view query, std::string_view statement) {
  if (query.ends_with('\n')) query.remove_suffix(1);
  return "DO "
         + literal(
             fmt::format("\nDECLARE\n  each record;\nBEGIN\n  FOR each IN\n{}\n  LOOP\n    EXECUTE {};\n"
                         "  END LOOP;\nEND\n",
                         query, statement));
}

// A setting of the transaction: a temporary table would be made and dropped under the locks.
std::string find_work(std::string_view name, std::string_view query) {
  return fmt::format(
      "SELECT pg_catalog.set_config({}, coalesce((SELECT pg_catalog.jsonb_agg(w.statement)::text "
      "FROM (\n{}) AS w(statement)), '[]'), true)",
      literal(fmt::format("afloat.work_{}", name)), query);
}

std::string do_work(std::string_view name) {
  return for_each(
      fmt::format(
          "SELECT w.statement FROM pg_catalog.jsonb_array_elements_text(pg_catalog.current_setting({})"
          "::pg_catalog.jsonb) AS w(statement)",
          literal(fmt::format("afloat.work_{}", name))),
      "each.statement");
}

} // namespace afloat::postgres
