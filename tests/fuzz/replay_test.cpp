#include "fuzz/targets.hpp"
#include "support/places.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace afloat::test {
namespace {
std::vector<std::filesystem::path> corpus_of(std::string_view target) {
  const std::filesystem::path folder = source_folder() / "tests/fuzz/corpus" / target;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST_CASE("no input that fuzzing found interesting is a finding", "[fuzz]") {
  for (const FuzzTarget& target : k_fuzz_targets) {
    const auto files = corpus_of(target.name);
    CHECK(files.size() >= 20);
    for (const auto& file : files) {
      INFO(file);
      CHECK_NOTHROW(target.run(text_of(file)));
    }
  }
}
} // namespace
} // namespace afloat::test
