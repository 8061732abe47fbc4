#include "model/domains.hpp"

#include <algorithm>

namespace afloat {

const TypeDefinition* find_domain(const Schema& schema, const RelationName& name) {
  const RelationName wanted = schema.resolved(name);
  const auto found = std::ranges::find_if(
      schema.types, [&](const TypeDefinition& type) { return type.kind == "domain" && type.name == wanted; });
  return found == schema.types.end() ? nullptr : &*found;
}

const TypeDefinition* domain_of(const Schema& schema, std::string_view type) {
  if (schema.types.empty()) return nullptr;
  return find_domain(schema, parse_relation(type));
}

bool refuses_null(const Schema& schema, const TypeDefinition& domain) {
  for (const TypeDefinition* one = &domain; one; one = domain_of(schema, one->base))
    if (one->not_null) return true;
  return false;
}

bool is_checked(const Schema& schema, const TypeDefinition& domain) {
  for (const TypeDefinition* one = &domain; one; one = domain_of(schema, one->base))
    if (one->not_null || !one->constraints.empty()) return true;
  return false;
}

} // namespace afloat
