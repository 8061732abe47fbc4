#pragma once

#include <string>
#include <string_view>

namespace afloat::postgres {

/// SQL that runs, for each row of the query, what the expression makes of `each`, the row: a statement.
std::string for_each(std::string_view query, std::string_view statement);

/// SQL that finds, for each row of the query, a statement (its one column), and keeps it until the end of the
/// transaction, under a name of letters, digits and `_`.
std::string find_work(std::string_view name, std::string_view query);
/// SQL that runs what was found under the name.
std::string do_work(std::string_view name);

} // namespace afloat::postgres
