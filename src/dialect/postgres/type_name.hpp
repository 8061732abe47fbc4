#pragma once

#include "sql/parse_tree.hpp"

#include <functional>
#include <string>
#include <vector>

/// Types as format_type prints them.
namespace afloat::postgres {

/// Gives the printed form of the name of a type that is not one of the server's.
using UserType = std::function<std::string(const std::vector<std::string>& parts)>;

/// A TypeName with its modifiers and brackets: "character varying(40)", "numeric(10,2)[]".
std::string type_text(const ParseNode& type_name, const UserType& user_type);

/// The type without modifiers, as it stands behind a literal: "character varying(40)" -> "character varying".
std::string type_of_literal(std::string type);

/// serial, bigserial, smallserial and their aliases: the integer type behind it; else empty.
std::string serial_type(const ParseNode& type_name);

} // namespace afloat::postgres
