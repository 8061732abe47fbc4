#include "dialect/postgres/names.hpp"

#include "support/text.hpp"

namespace afloat::postgres {
namespace {
constexpr std::size_t k_most_bytes = 63; // NAMEDATALEN - 1
constexpr std::size_t k_hash_digits = 8;
} // namespace

std::string in_quotes(std::string_view name) {
  return "\"" + replaced(std::string(name), "\"", "\"\"") + "\"";
}

std::string in_quotes(const RelationName& name) {
  return name.schema.empty() ? in_quotes(name.name) : in_quotes(name.schema) + "." + in_quotes(name.name);
}

std::string literal(std::string_view text) {
  const std::string body = replaced(std::string(text), "'", "''");
  // E'…' means the same whatever standard_conforming_strings says.
  if (body.find('\\') == std::string::npos) return "'" + body + "'";
  return "E'" + replaced(body, "\\", "\\\\") + "'";
}

std::string fitting_name(std::string_view stem) {
  if (stem.size() <= k_most_bytes) return std::string(stem);
  std::size_t end = k_most_bytes - k_hash_digits - 1;
  while (end > 0 && (static_cast<unsigned char>(stem[end]) & 0xC0U) == 0x80U) --end;
  return std::string(stem.substr(0, end)) + "_" + sha256(stem).substr(0, k_hash_digits);
}

std::string own_object(std::string_view name) {
  return "\"afloat\"." + in_quotes(fitting_name(name));
}

} // namespace afloat::postgres
