#pragma once

#include "dialect/postgres/model_inherited.hpp"
#include "model/schema_model.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Parts of statements that make objects. Internal to dialect/postgres.
namespace afloat::postgres {

/// " WORDS value", " WORDS (value)"; nothing where there is no value.
std::string clause(std::string_view words, std::string_view value);
std::string in_parentheses(std::string_view words, std::string_view value);

/// "name type COLLATE … NOT NULL DEFAULT …".
std::string column_definition(const SchemaObject& column);
/// CREATE TABLE with these of its columns; what was a table of its own comes to its parents in further
/// statements.
std::vector<std::string> table_statements(const SchemaObject& table,
                                          const std::vector<const SchemaObject*>& columns, Descent descent);

/// "public.pets_pkey", of an index or of a constraint, in the schema of its table.
std::string index_name(const SchemaObject& object);
/// To the index of the parent's that it is a part of.
std::string attachment(const SchemaObject& object);

/// A property of a subscription as an option of WITH and SET.
struct SubscriptionOption {
  std::string_view property, option, otherwise; ///< otherwise: what stands for no value
  bool always;  ///< also where it has no value: what that means depends on the server
  bool is_word; ///< its value is SQL's own word, as on and off

  std::string sql(std::string_view value) const; ///< "slot_name = 'x'"
};
std::span<const SubscriptionOption> subscription_options();

} // namespace afloat::postgres
