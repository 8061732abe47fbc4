#pragma once

#include "model/schema_model.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Statements for properties that are lists: only what differs between `before` and `after` is added and
/// taken away. Nothing where SQL has no such statement. Internal to dialect/postgres.
namespace afloat::postgres {

using Statements = std::vector<std::string>;

/// "ALTER DOMAIN public.zip …"
std::string alter(const SchemaObject& object, std::string_view rest);
/// "ALTER INDEX … …" of an index, or of the one below a constraint.
std::string of_index(const SchemaObject& object, std::string_view rest);
/// The text without this end, if it has it.
std::string without(std::string text, std::string_view end);

/// GRANT and REVOKE; `grants` false: of what the owner or PUBLIC has and was taken away.
Statements change_privileges(const SchemaObject& object, const std::string& before, const std::string& after,
                             bool grants);
/// SET what is there afterwards, RESET what no longer is. `head`: "ALTER TABLE public.users".
Statements set_options(const std::string& head, const std::string& before, const std::string& after);

/// Of an enum; a label that went cannot be taken away.
std::optional<Statements> add_labels(const SchemaObject& type, const std::string& before,
                                     const std::string& after);
/// Of a text search configuration.
std::optional<Statements> map_tokens(const SchemaObject& configuration, const std::string& before,
                                     const std::string& after);
/// Of a text search dictionary.
std::optional<Statements> set_dictionary(const SchemaObject& dictionary, const std::string& before,
                                         const std::string& after);
/// Of a domain.
std::optional<Statements> change_checks(const SchemaObject& domain, const std::string& before,
                                        const std::string& after);
/// Of a domain's checks, or of a composite's attributes.
std::optional<Statements> set_comments(const SchemaObject& type, const std::string& before,
                                       const std::string& after);
std::optional<Statements> set_index_statistics(const SchemaObject& index, const std::string& before,
                                               const std::string& after);
/// Of an operator family.
std::optional<Statements> change_members(const SchemaObject& family, const std::string& before,
                                         const std::string& after);

} // namespace afloat::postgres
