#include "scenario/case_file.hpp"
#include "scenario/case_run.hpp"
#include "support/golden.hpp"
#include "support/places.hpp"
#include "support/text.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

// Every bad input and bad luck that we could think of: tests/scenario/bad/*.txt, one file a subject.
// README.md there tells how a case is written.
namespace afloat::test {
namespace {
std::vector<std::filesystem::path> case_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& item : std::filesystem::directory_iterator(source_folder() / "tests/scenario/bad"))
    if (item.path().extension() == ".txt") files.push_back(item.path());
  std::ranges::sort(files);
  return files;
}

/// AFLOAT_CASE=word runs only the cases with this word in their title.
bool is_wanted(const Case& one) {
  const char* word = std::getenv("AFLOAT_CASE");
  return word == nullptr || one.title.find(word) != std::string::npos;
}

/// The case as it came out, on all its databases; they must say the same.
Case run_case(const Case& one) {
  Case result = one;
  for (const Dialect dialect : one.dialects) {
    CaseRun run(one, dialect);
    if (!run.is_possible()) {
      WARN("left out, for it needs " << one.needs << ": " << one.title);
      return one;
    }
    const Case outcome = run.outcome();
    INFO("on " << name_of(dialect));
    CHECK(join(run.complaints(), "\n") == "");
    if (dialect == one.dialects.front()) result.items = outcome.items;
    CHECK(text_of(outcome) == text_of(result));
  }
  return result;
}

TEST_CASE("whatever goes wrong is said with what to do next, and nothing is changed", "[scenario][bad]") {
  for (const auto& path : case_files()) DYNAMIC_SECTION(path.stem().string()) {
      const bool update = std::getenv("UPDATE_GOLDEN") != nullptr;
      CaseFile file = parse_cases(read_file(path));
      for (Case& one : file.cases) {
        if (!is_wanted(one)) continue;
        INFO(path.filename().string() << ": " << one.title);
        const Case outcome = run_case(one);
        if (!update) CHECK(text_of(outcome) == text_of(one));
        one = outcome;
      }
      if (update) std::ofstream(path, std::ios::binary) << text_of(file);
    }
}

TEST_CASE("there are cases for at least eighty kinds of bad input and bad luck", "[bad]") {
  std::vector<std::string> titles;
  for (const auto& path : case_files()) {
    const std::string text = read_file(path);
    const CaseFile file = parse_cases(text);
    CHECK(text_of(file) == text);
    for (const Case& one : file.cases) titles.push_back(path.stem().string() + ": " + one.title);
  }
  CHECK(titles.size() >= 80);
  std::ranges::sort(titles);
  CHECK(std::ranges::adjacent_find(titles) == titles.end());
}
} // namespace
} // namespace afloat::test
