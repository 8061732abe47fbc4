#pragma once

#include "model/schema_model.hpp"

#include <set>
#include <string>
#include <vector>

/// Which object needs which, by the names that stand in its properties: so it is told for a recorded schema,
/// too, of which no server knows the dependencies any more. Internal to dialect/postgres.
namespace afloat::postgres {

/// Each behind what it needs of the others, else in the order of kinds. A table's columns, constraints and
/// the like are objects of their own; what stands in the columns counts as needed by the table. Where two
/// need each other, the one that comes first by kind is first.
std::vector<const SchemaObject*> in_order_of_need(std::vector<const SchemaObject*> objects);

/// Whether functions of its own take the type before it is whole: base types, and ranges with a canonical
/// function.
bool needs_shell(const SchemaObject& object);
/// The names of these functions, "public.widget_in", of all such types.
std::set<std::string> functions_of_shells(const std::vector<const SchemaObject*>& objects);
/// "public.half" of public.half(integer), public."a b" of public."a b" USING btree, public.=== of public.===
/// (a, b).
std::string bare_name(const SchemaObject& object);

} // namespace afloat::postgres
