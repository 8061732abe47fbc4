# A build from nothing takes half of the time where files are compiled together. Who changes a file waits longer then, for its
# whole unit: an option, which scripts/quickstart and scripts/test set where there is no build yet.
option(AFLOAT_UNITS "Compile source files together" OFF)

# Puts the target's files into the units that cmake/units.py finds for them.
function(compile_in_units target)
  if(NOT AFLOAT_UNITS)
    return()
  endif()
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  get_target_property(files ${target} SOURCES)
  list(TRANSFORM files PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ REGEX "^[^/]") # generated ones do not name a folder of ours
  list(FILTER files INCLUDE REGEX "^${PROJECT_SOURCE_DIR}/(src|tests)/.*\\.cpp$")
  set(script ${PROJECT_SOURCE_DIR}/cmake/units.py)
  execute_process(COMMAND ${Python3_EXECUTABLE} ${script} ${PROJECT_SOURCE_DIR} ${files}
    OUTPUT_VARIABLE lines OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE "\n" ";" lines "${lines}")
  while(lines)
    list(POP_FRONT lines file unit)
    set_source_files_properties(${file} PROPERTIES UNITY_GROUP unit_${unit})
  endwhile()
  file(GLOB_RECURSE texts ${PROJECT_SOURCE_DIR}/src/*.[ch]pp ${PROJECT_SOURCE_DIR}/tests/*.[ch]pp)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${texts} ${script})
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage) # takes each file of a unit for a header
  endif()
endfunction()
