#pragma once

#include "support/places.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>

namespace afloat::test {

/// Compares a whole text with the file that stands below tests/. UPDATE_GOLDEN=1 writes the file anew
/// instead: read what `git diff` shows then.
inline void check_golden(const std::string& file, const std::string& text) {
  const auto path = source_folder() / "tests" / file;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream stream(path, std::ios::binary);
  const std::string expected{std::istreambuf_iterator<char>(stream), {}};
  INFO("tests/" << file << "; UPDATE_GOLDEN=1 rewrites it");
  CHECK(text == expected);
}

} // namespace afloat::test
