#pragma once

#include <string>
#include <string_view>

namespace afloat {

/// The first words of a PostgreSQL statement that acts on the server as a whole or on a database that it
/// names, such as "ALTER ROLE" or "GRANT … ON DATABASE"; empty for all others. What a function or a DO block
/// does is not seen.
std::string server_wide(std::string_view statement);

} // namespace afloat
