#pragma once

#include <filesystem>
#include <string>

/// Only places.cpp knows them: the tests compile to the same in each clone.
namespace afloat::test {

/// The project's own folder.
std::filesystem::path source_folder();
/// The built program, and the one that the fault tests kill at a point.
std::string afloat_program();
std::string faulty_program();

} // namespace afloat::test
