# The libraries that afloat is made of. With AFLOAT_STATIC they become part of the program as far as there are archives of
# them, or headers that hold all of them: it then starts 3 ms sooner, since nothing has to be looked up in six libraries, and
# runs wherever there is a C library. libpq stays outside: it is loaded when it is needed (lazy_libpq.cmake).
option(AFLOAT_STATIC "Link the libraries into the program" OFF)

if(AFLOAT_STATIC)
  set(shared_first ${CMAKE_FIND_LIBRARY_SUFFIXES})
  list(PREPEND CMAKE_FIND_LIBRARY_SUFFIXES .a)
  set(OPENSSL_USE_STATIC_LIBS ON)
endif()
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(tomlplusplus CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(OpenSSL REQUIRED)
pkg_check_modules(LIBPQXX REQUIRED IMPORTED_TARGET libpqxx)
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)
find_library(ZSTD_LIBRARY zstd REQUIRED)
# PostgreSQL's parser comes with neither CMake nor pkg-config files.
find_path(PG_QUERY_INCLUDE pg_query/pg_query.pb-c.h REQUIRED)
find_library(PG_QUERY_LIBRARY pg_query REQUIRED)

set(AFLOAT_FMT fmt::fmt)
set(AFLOAT_ZSTD ${ZSTD_LIBRARY})
set(AFLOAT_TOML tomlplusplus::tomlplusplus)
if(AFLOAT_STATIC OR AFLOAT_FUZZ)
  # toml++ from its headers: one file includes them. Its assertions are off, as in the library: one of them fails for "[#",
  # which is then refused properly.
  add_library(afloat_toml INTERFACE)
  target_compile_options(afloat_toml INTERFACE -DTOML_HEADER_ONLY=1 "-DTOML_ASSERT(expr)=static_assert(true)")
  set(AFLOAT_TOML afloat_toml)
endif()
if(AFLOAT_STATIC)
  set(CMAKE_FIND_LIBRARY_SUFFIXES ${shared_first})
  target_link_libraries(SQLite::SQLite3 INTERFACE Threads::Threads ${CMAKE_DL_LIBS} m)
  if(fmt_VERSION VERSION_GREATER_EQUAL 9 AND fmt_VERSION VERSION_LESS 10)
    add_library(afloat_fmt STATIC cmake/fmt_library.cpp)
    set(AFLOAT_FMT afloat_fmt)
  endif()
endif()
