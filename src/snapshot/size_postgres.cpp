#include "snapshot/size_postgres.hpp"

#include "snapshot/postgres.hpp"
#include "support/compression.hpp"

#include <cmath>

#include <fmt/format.h>

namespace afloat::postgres_copy {
namespace {
constexpr std::int64_t k_sample = 2 << 20;        // bytes on disk: some tens of milliseconds
constexpr std::int64_t k_enough_pages = 16 << 13; // bytes

/// Rows of a part of the pages. Where most of the table lies elsewhere (TOAST) that would be too few pages to
/// stand for all: then it is a part of the rows of all pages, of which there are few.
CopySize sampled(CopySession& session, const RelationName& table, const SizeOnDisk& on_disk, double share) {
  const char* const method = share * static_cast<double>(on_disk.main) >= static_cast<double>(k_enough_pages)
                                 ? "SYSTEM"
                                 : "BERNOULLI";
  CopySize size;
  Compressor compressor(
      [&](std::string_view bytes) { size.compressed += static_cast<std::int64_t>(bytes.size()); });
  session.copy_out(fmt::format("COPY (SELECT * FROM ONLY {} TABLESAMPLE {} ({}) REPEATABLE (1)) TO STDOUT "
                               "(FORMAT binary)",
                               sql_name(table), method, 100 * share),
                   [&](std::string_view message) {
                     size.rows += static_cast<std::int64_t>(message.size());
                     compressor.write(message);
                   });
  compressor.finish();
  return size;
}

std::int64_t all_of(std::int64_t part, double share) {
  return std::llround(static_cast<double>(part) / share);
}
} // namespace

CopySize expected_size(CopySession& session, const RelationName& table, const SizeOnDisk& on_disk) {
  const double share = static_cast<double>(k_sample) / static_cast<double>(on_disk.all);
  try {
    if (on_disk.all > 2 * k_sample) {
      const CopySize part = sampled(session, table, on_disk, share);
      return {all_of(part.rows, share), all_of(part.compressed, share)};
    }
  } catch (const Error& error) {
    if (error.code != ErrorCode::statement) throw;
  }
  return {on_disk.all, on_disk.all / 2};
}

} // namespace afloat::postgres_copy
