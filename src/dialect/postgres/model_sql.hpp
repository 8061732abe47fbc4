#pragma once

#include "dialect/schema_sql.hpp"
#include "model/schema_model.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Schemas as SQL. Internal to dialect/postgres.
namespace afloat::postgres {

/// See schema_sql.hpp.
SchemaScript sql_between(const SchemaModel& from, const SchemaModel& to,
                         std::span<const ObjectChange> changes);

/// "MATERIALIZED VIEW", "FUNCTION": the words for an object in ALTER, DROP and COMMENT; empty where SQL has
/// none.
std::string noun_of(const SchemaObject& object);
/// The object as these statements name it: "touch ON public.users", "public.half(integer)".
std::string target_of(const SchemaObject& object);

/// The statements that make the object without what alteration() sets; nothing where none are known. Tables
/// are made by table_statements().
std::optional<std::vector<std::string>> creation(const SchemaObject& object);
/// What the model does not hold on purpose, in words.
std::vector<std::string> kept_back(const SchemaObject& object);
/// Properties that creation() has seen to.
bool is_created_with(std::string_view kind, std::string_view property);
/// The statements that give a property its value; an empty value is the usual one. Nothing where none are
/// known.
std::optional<std::vector<std::string>> alteration(const SchemaObject& object, std::string_view property,
                                                   const std::string& before, const std::string& after);

} // namespace afloat::postgres
