#pragma once

#include "dialect/copy_session.hpp"
#include "model/schema.hpp"

#include <cstdint>

namespace afloat::postgres_copy {

/// In bytes.
struct SizeOnDisk {
  std::int64_t all = 0;  ///< pg_table_size: without indexes
  std::int64_t main = 0; ///< pg_relation_size: without what is kept elsewhere (TOAST)
};
struct CopySize {
  std::int64_t rows = 0;       ///< as COPY gives them
  std::int64_t compressed = 0; ///< in a snapshot
};

/// About what a copy of the table's rows comes to, without those of its children: told by a sample of them
/// that is copied and compressed as the whole will be, because rows may be a hundredth of what they take on
/// disk, or all of it. Of a small table, and where no sample can be had (another access method than heap), it
/// is half of what they take. Takes ACCESS SHARE for a moment. Errors: permission, busy.
CopySize expected_size(CopySession& session, const RelationName& table, const SizeOnDisk& on_disk);

} // namespace afloat::postgres_copy
