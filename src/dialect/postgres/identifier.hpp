#pragma once

#include "model/schema.hpp"

#include <string>
#include <string_view>

/// Names as the server chooses and prints them.
namespace afloat::postgres {

/// quote_identifier: in quotes only where it must be.
std::string as_printed(std::string_view name);
/// regclass: the schema in front of it only when it is not the default one.
std::string as_printed(const RelationName& name, std::string_view default_schema);

/// makeObjectName: name1_name2_label in 63 bytes, the longer of the two names cut first.
std::string object_name(std::string name1, std::string name2, std::string_view label);

} // namespace afloat::postgres
