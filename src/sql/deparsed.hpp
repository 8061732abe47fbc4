#pragma once

#include <string>

namespace afloat {

/// True if `server`, a statement as PostgreSQL deparses it, may be what it made of `written`. More lenient
/// than same_expression: the server puts casts everywhere, turns IN and BETWEEN into operators, qualifies
/// columns. So a true does not prove that they are the same; a false is a difference.
bool may_be_deparsed(const std::string& written, const std::string& server);

} // namespace afloat
