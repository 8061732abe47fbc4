#pragma once

#include "support/temp_folder.hpp"
#include "support/world.hpp"

#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat::test {

/// A project of its own for one test: afloat.toml and migrations 0001, 0002, … from text, TOML or SQL.
class Project {
 public:
  explicit Project(const std::vector<std::string>& migrations, const std::string& settings = "") {
    std::filesystem::create_directory(m_folder / "migrations");
    std::ofstream(m_folder / "afloat.toml") << "[project]\nname = \"test\"\n\n[env.default]\n" << settings;
    int number = 0;
    for (const std::string& text : migrations)
      std::ofstream(m_folder / fmt::format("migrations/{:04}_change.{}", ++number, ending(text))) << text;
  }

  const std::filesystem::path& path() const { return m_folder.path(); }
  std::string file(const std::string& name) const { return (m_folder / name).string(); }

  Outcome run(const World& world, const std::vector<std::string>& arguments,
              const std::map<std::string, std::string>& faults = {}) const {
    return afloat::test::afloat(world, path(), arguments, faults);
  }

  /// Runs a command that must succeed.
  std::string succeed(const World& world, const std::vector<std::string>& arguments) const {
    const Outcome outcome = run(world, arguments);
    INFO(arguments.at(0) << "\n" << outcome.out << outcome.err);
    REQUIRE(outcome.status == 0);
    return outcome.out + outcome.err;
  }

  /// A run that goes on beside the test, with the program whose points can be chosen.
  Command command(const World& world, std::vector<std::string> arguments,
                  std::map<std::string, std::string> faults = {}) const {
    arguments.insert(arguments.begin(), {"--url", world.url()});
    return {faulty_program(), std::move(arguments), path().string(), std::move(faults)};
  }

  /// The points that a command reaches, by letting it run to its end.
  std::vector<std::string> points(const World& world, const std::vector<std::string>& arguments) const {
    const std::string log = file("points");
    std::filesystem::remove(log);
    const Outcome outcome = run(world, arguments, {{"AFLOAT_FAULT_LOG", log}});
    INFO(outcome.out << outcome.err);
    REQUIRE(outcome.status == 0);
    std::vector<std::string> names;
    std::ifstream stream(log);
    for (std::string line; std::getline(stream, line);) names.push_back(line);
    return names;
  }

 private:
  static std::string_view ending(const std::string& text) {
    return text.find("[[operation]]") == std::string::npos ? "sql" : "toml";
  }

  TempFolder m_folder;
};

} // namespace afloat::test
