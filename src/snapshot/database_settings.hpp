#pragma once

#include "dialect/copy_session.hpp"

#include <string>
#include <vector>

namespace afloat {

/// What hangs on a database's name, and is in no dump of it: owner, rights on the database itself, connection
/// limit, ALTER DATABASE … SET, and the settings of roles in it. The statements give all of that to another
/// database of the server, which was just made; they may be run in one transaction. Of the rights the owner
/// is the grantor then.
std::vector<std::string> statements_to_be_like(CopySession& session, const std::string& like,
                                               const std::string& database);

} // namespace afloat
