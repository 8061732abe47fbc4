#pragma once

#include "model/schema.hpp"

#include <string_view>

/// PostgreSQL's domains: what a column has from its type.
namespace afloat {

/// The domain of this name; one without schema is looked up in the default one. Null if there is none.
const TypeDefinition* find_domain(const Schema& schema, const RelationName& name);
/// The domain that is the type of a column, as Column::type; null for another type, and for an array.
const TypeDefinition* domain_of(const Schema& schema, std::string_view type);

/// True if the domain, or one that it is made on, takes no NULL.
bool refuses_null(const Schema& schema, const TypeDefinition& domain);
/// True if the domain, or one that it is made on, has a constraint, NOT NULL among them: then PostgreSQL asks
/// it for every row of a table that gets a column of the domain, and writes the row anew.
bool is_checked(const Schema& schema, const TypeDefinition& domain);

} // namespace afloat
