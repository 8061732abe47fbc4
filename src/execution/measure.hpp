#pragma once

#include "dialect/database.hpp"
#include "model/schema.hpp"
#include "throttle/brakes.hpp"

#include <span>
#include <string>

namespace afloat {

/// What a measure needs to know of the backfill.
struct Watched {
  const ThrottleSettings& settings;
  RelationName table;
  std::vector<std::string> backends; ///< our sessions, which do not count
};

/// One look at what a brake watches, over a connection that is in no transaction. The user's own query may
/// write nothing and, on PostgreSQL, take 5 s. What cannot be measured is a problem in the reading; a lost
/// connection is thrown. Not for Brake::commit, which the caller measures.
Reading measure(Database& database, Brake brake, const Watched& watched);

/// Measures each brake that was asked for once, before anything is changed. Error configuration if one cannot
/// be, or is not for this database.
void require_measurable(Database& database, const Watched& watched);

/// "schema"."name", or "name".
std::string quoted_table(const RelationName& name);

/// Error permission if policies of the table hide rows from this session, which has row_security off.
void require_all_rows(Database& database, const RelationName& table);

} // namespace afloat
