#pragma once

#include "model/schema.hpp"

#include <string>
#include <string_view>

/// Names and literals as PostgreSQL writes them.
namespace afloat::postgres {

std::string in_quotes(std::string_view name);    ///< "name", always quoted
std::string in_quotes(const RelationName& name); ///< "schema"."name"
std::string literal(std::string_view text);      ///< 'text', E'…' where it has a backslash
std::string
fitting_name(std::string_view stem); ///< at most 63 bytes; a long stem is cut and given a hash of the whole
std::string own_object(std::string_view name); ///< "afloat"."name", fitted

} // namespace afloat::postgres
