# Turns every file below sql/ into one generated source that src/sql/embedded.hpp declares. The text is kept as raw
# string literals, so that a compiler error or a debugger shows the SQL as it was written.
file(GLOB_RECURSE AFLOAT_SQL_FILES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/sql/*.sql)
set(AFLOAT_EMBEDDED_SQL ${PROJECT_BINARY_DIR}/generated/embedded_sql.cpp)

set(entries "")
foreach(file IN LISTS AFLOAT_SQL_FILES)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} text)
  file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR}/sql ${file})
  string(APPEND entries "    {\"${name}\", R\"~sql~(${text})~sql~\"},\n")
endforeach()
list(LENGTH AFLOAT_SQL_FILES count)
if(count EQUAL 0)
  set(entries "    {\"\", \"\"},\n")
endif()

file(CONFIGURE OUTPUT ${AFLOAT_EMBEDDED_SQL} @ONLY CONTENT
[[#include "sql/embedded.hpp"

#include <stdexcept>
#include <string>

namespace afloat {
namespace {
struct File {
  std::string_view name, text;
};
constexpr File k_files[] = {
@entries@};
} // namespace

std::string_view embedded_sql(std::string_view name) {
  for (const File& file : k_files)
    if (file.name == name) return file.text;
  throw std::logic_error("no embedded SQL file named " + std::string(name));
}
} // namespace afloat
]])
