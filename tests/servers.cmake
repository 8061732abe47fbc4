# The database tests once more for each other version of PostgreSQL that AFLOAT_SERVERS holds: a folder with NN/bin in
# it, as scripts/servers makes it and as /usr/lib/postgresql is. Labels: servers, and pg14 … pg18 for one version.
set(AFLOAT_SERVERS "${PROJECT_SOURCE_DIR}/build/servers" CACHE PATH "PostgreSQL versions to run the tests on: NN/bin")

# afloat_server_tests(<program> [SUFFIX <suffix>] FILTER <Catch2's test spec> [VERSIONS <version>…] [LABELS <label>…])
function(afloat_server_tests program)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "FILTER;SUFFIX" "VERSIONS;LABELS")
  if(NOT TARGET ${program})
    return()
  endif()
  file(GLOB servers CONFIGURE_DEPENDS "${AFLOAT_SERVERS}/*/bin/postgres")
  foreach(server IN LISTS servers)
    cmake_path(GET server PARENT_PATH bin)
    cmake_path(GET bin PARENT_PATH folder)
    cmake_path(GET folder FILENAME version)
    # Debian's 15 is what the tests use anyway.
    if(version EQUAL 15 OR (arg_VERSIONS AND NOT version IN_LIST arg_VERSIONS))
      continue()
    endif()
    set(name ${program}${arg_SUFFIX}_pg${version})
    add_test(NAME ${name} COMMAND ${program} ${arg_FILTER})
    get_test_property(${program} ENVIRONMENT environment)
    set_tests_properties(${name} PROPERTIES LABELS "servers;pg${version};${arg_LABELS}" TIMEOUT 1500
      ENVIRONMENT "${environment};AFLOAT_PG_BIN=${bin}")
  endforeach()
endfunction()

# The long fuzz says nothing new on another version, and what runs on SQLite alone is not repeated. The oldest and the newest
# run always, of the operations what looks closest at the catalog; where there is time for "more" the versions between, with
# the schema known offline, and all operations on the outer ones. What people read is compared on Debian's alone, since each server words its errors.
afloat_server_tests(dialect_tests FILTER "~[fuzz]~[sqlite]" VERSIONS 14 18)
afloat_server_tests(dialect_tests FILTER "~[fuzz]~[sqlite]" VERSIONS 16 17 LABELS more)
afloat_server_tests(operation_tests FILTER "[catalog]~[sqlite]" VERSIONS 18)
afloat_server_tests(operation_tests SUFFIX _offline FILTER "[offline]~[sqlite]" VERSIONS 16 17 LABELS more)
afloat_server_tests(operation_tests SUFFIX _all FILTER "~[sqlite]" VERSIONS 14 18 LABELS more)
