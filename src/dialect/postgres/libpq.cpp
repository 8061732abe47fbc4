#include "dialect/postgres/libpq.hpp"

#ifdef AFLOAT_LAZY_LIBPQ
#include "support/error.hpp"

#include <cstring>
#include <dlfcn.h>

#include <fmt/format.h>

extern "C" {
// Made by cmake/lazy_libpq.cmake: the targets of the jumps, and their names, each with a zero, one more zero
// at the end.
extern void* afloat_libpq[];
extern const char afloat_libpq_names[];
}

namespace afloat::postgres {
namespace {
bool load() {
  void* const library = dlopen(AFLOAT_LAZY_LIBPQ, RTLD_NOW | RTLD_LOCAL);
  void** place = afloat_libpq;
  for (const char* name = afloat_libpq_names; *name != '\0'; name += std::strlen(name) + 1) {
    *place = library == nullptr ? nullptr : dlsym(library, name);
    if (*place++ == nullptr)
      throw Error(ErrorCode::connection,
                  fmt::format("PostgreSQL's client library cannot be loaded: {}", dlerror()),
                  fmt::format("Install {} (Debian: libpq5). Nothing was changed.", AFLOAT_LAZY_LIBPQ));
  }
  return true;
}
} // namespace

void load_libpq() {
  static const bool loaded = load(); // once, also with several threads; again after a failure
  static_cast<void>(loaded);
}

} // namespace afloat::postgres
#else

namespace afloat::postgres {
void load_libpq() {}
} // namespace afloat::postgres
#endif
