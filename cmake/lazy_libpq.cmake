# libpq comes with some twenty libraries (Kerberos, LDAP, TLS), and loading them takes longer than most of what afloat does:
# 3 ms, also for a project on SQLite. Where libpqxx is there as an archive, its calls of libpq are therefore linked to
# jumps through a table, and load_libpq() (src/dialect/postgres/libpq.cpp) fills the table when a PostgreSQL is connected to.
# Anywhere else libpq is linked as usual.
option(AFLOAT_LAZY_LIBPQ "Load libpq when a PostgreSQL is connected to" ON)

set(AFLOAT_LIBPQXX PkgConfig::LIBPQXX PkgConfig::LIBPQ)
set(AFLOAT_LIBPQ_JUMPS "")
set(jump_x86_64 "jmp *afloat_libpq+@offset@(%rip)")
set(jump_aarch64 "adrp x16, afloat_libpq+@offset@\n  ldr x16, [x16, :lo12:afloat_libpq+@offset@]\n  br x16")
find_library(LIBPQXX_ARCHIVE libpqxx.a)
find_library(LIBPQ_LIBRARY pq)
if(NOT AFLOAT_LAZY_LIBPQ OR NOT CMAKE_SYSTEM_NAME STREQUAL "Linux" OR NOT DEFINED jump_${CMAKE_SYSTEM_PROCESSOR}
   OR NOT LIBPQXX_ARCHIVE OR NOT LIBPQ_LIBRARY)
  return()
endif()

# What libpqxx and our own copying of tables want and libpq has.
execute_process(COMMAND ${CMAKE_NM} --undefined-only ${LIBPQXX_ARCHIVE} OUTPUT_VARIABLE wanted ERROR_QUIET)
execute_process(COMMAND ${CMAKE_NM} --dynamic --defined-only ${LIBPQ_LIBRARY} OUTPUT_VARIABLE offered ERROR_QUIET)
execute_process(COMMAND ${CMAKE_READELF} --dynamic ${LIBPQ_LIBRARY} OUTPUT_VARIABLE dynamic ERROR_QUIET)
string(REGEX MATCHALL " U [A-Za-z_0-9]+" wanted "${wanted}")
list(TRANSFORM wanted REPLACE " U " "")
list(APPEND wanted PQcancel PQclear PQcmdTuples PQconnectdbParams PQconninfo PQconninfoFree PQconsumeInput PQerrorMessage PQfinish
     PQfreeCancel PQfreemem PQgetCancel PQgetCopyData PQgetResult PQgetisnull PQgetvalue PQisBusy PQnfields PQntuples
     PQputCopyData PQputCopyEnd PQresultErrorMessage PQresultStatus PQsendQuery PQserverVersion PQsetErrorVerbosity
     PQsetNoticeProcessor PQsocket PQstatus)
list(REMOVE_DUPLICATES wanted)
string(REGEX MATCHALL " T [A-Za-z_0-9]+" offered "${offered}")
list(TRANSFORM offered REPLACE " T " "")
set(jumps "")
set(names "")
set(count 0)
foreach(name IN LISTS wanted)
  if(name IN_LIST offered)
    math(EXPR offset "8 * ${count}")
    string(CONFIGURE "${jump_${CMAKE_SYSTEM_PROCESSOR}}" jump @ONLY)
    string(APPEND jumps ".globl ${name}\n.hidden ${name}\n.type ${name}, %function\n${name}:\n  ${jump}\n")
    string(APPEND names "  .asciz \"${name}\"\n")
    math(EXPR count "${count} + 1")
  endif()
endforeach()
if(count EQUAL 0 OR NOT dynamic MATCHES "\\[(libpq\\.so[.0-9]*)\\]")
  return()
endif()
set(soname ${CMAKE_MATCH_1})

enable_language(ASM)
set(AFLOAT_LIBPQXX ${LIBPQXX_ARCHIVE} ${CMAKE_DL_LIBS})
set(AFLOAT_LIBPQ_JUMPS ${PROJECT_BINARY_DIR}/generated/libpq_jumps.s)
file(CONFIGURE OUTPUT ${AFLOAT_LIBPQ_JUMPS} @ONLY CONTENT
[[.text
@jumps@
.bss
.balign 8
.globl afloat_libpq
.hidden afloat_libpq
afloat_libpq:
  .zero 8 * @count@

.section .rodata
.globl afloat_libpq_names
.hidden afloat_libpq_names
afloat_libpq_names:
@names@  .byte 0
.section .note.GNU-stack,"",%progbits
]])
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/dialect/postgres/libpq.cpp PROPERTIES
  COMPILE_DEFINITIONS AFLOAT_LAZY_LIBPQ="${soname}")
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # It warns of each flag that means nothing to an assembler, and warnings are errors.
  set_source_files_properties(${AFLOAT_LIBPQ_JUMPS} PROPERTIES COMPILE_OPTIONS -Wno-unused-command-line-argument)
endif()
