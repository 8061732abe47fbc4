#pragma once

#include "dialect/database.hpp"
#include "model/plan.hpp"

#include <string>
#include <vector>

namespace afloat {

/// Something of the user's that uses what a statement drops, so that the server would refuse it.
struct DroppedUser {
  std::string words; ///< "view reports uses public.users.username"
  std::string drop;  ///< "DROP VIEW public.reports"; may be empty
};

/// PostgreSQL: what stands in the way of the columns and tables that the inverses of these steps drop, each
/// once. Read from the statements, which every frozen plan has. Takes no locks; nothing on SQLite.
std::vector<DroppedUser> users_of_dropped(Database& database, const std::vector<Step>& steps);

} // namespace afloat
