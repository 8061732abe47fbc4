#pragma once

namespace afloat::postgres {

/// Makes libpq's functions ready to be called; must come before the first use of libpqxx. Does nothing in a
/// build that links libpq (see cmake/lazy_libpq.cmake). Errors: connection, if the library is not there.
void load_libpq();

} // namespace afloat::postgres
