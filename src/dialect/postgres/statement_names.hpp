#pragma once

#include "model/schema.hpp"
#include "sql/parse_tree.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What the statements of a parse tree name.
namespace afloat::postgres {

RelationName relation_of(const ParseNode& range_var); ///< as written: without schema where none stands
/// The parts of a qualified name ({database,} schema, name), of which the last `cut` are left out.
RelationName relation_of(std::span<const std::string> parts, std::size_t cut = 0);

/// The texts of a qualified name, whatever holds it: a List of Strings, a String, a TypeName.
std::vector<std::string> parts_of(const ParseNode& name);

/// "MATERIALIZED VIEW" of an ObjectType's word, OBJECT_MATVIEW.
std::string object_words(std::string_view object_type);

/// True for relations that have rows or a definition of their own: tables, views, indexes, sequences.
bool is_relation_type(std::string_view object_type);

/// An option's value as text: its word, number or type name; "true" where nothing stands.
std::string option_text(const ParseNode& def_element);
/// The named option of a list of DefElem, or nothing.
ParseNode option(const std::vector<ParseNode>& options, std::string_view name);
/// A Boolean option as the server reads it: on where it stands alone.
bool is_on(const std::vector<ParseNode>& options, std::string_view name, bool otherwise);

/// The relations that a query reads, without the names of its WITH clauses.
std::vector<RelationName> relations_read(const ParseNode& query);

} // namespace afloat::postgres
