#pragma once

#include <string>
#include <string_view>

namespace afloat {

/// Why the text of a `column_type` is more than a type, or empty: what brings its own default would rewrite
/// the table, and a constraint would come in unseen. `also`: one more word that is too much.
std::string beyond_a_type(const std::string& type, std::string_view also = {});

} // namespace afloat
