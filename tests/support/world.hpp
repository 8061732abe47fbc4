#pragma once

#include "dialect/database.hpp"
#include "support/program.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace afloat::test {

/// A database with an application's tables, of either kind, that afloat can be let loose on.
class World {
 public:
  virtual ~World() = default;
  virtual Dialect dialect() const = 0;
  virtual std::string url() const = 0;     ///< for afloat: the owner
  virtual std::string app_url() const = 0; ///< for the application: a role that owns nothing
  /// A copy with the same contents; nobody may be connected to this one.
  virtual std::unique_ptr<World> copy() const = 0;
  /// Schema and data without afloat's own tables, as text that is equal for equal databases.
  virtual std::string dump() = 0;

  std::unique_ptr<Database> connect() const;
  std::unique_ptr<Database> connect_app() const;
  /// Runs SQL as the owner and lets the application use what it made.
  virtual void prepare(std::string_view sql) = 0;
};

std::unique_ptr<World> make_world(Dialect dialect);

/// Runs afloat (or the program that can be killed) on this world with the migrations of a folder.
Outcome afloat(const World& world, const std::filesystem::path& project, std::vector<std::string> arguments,
               const std::map<std::string, std::string>& faults = {});

/// The lines of one dump that the other lacks, both ways; empty when they are equal.
std::string difference(const std::string& one, const std::string& other);

/// A project below migrations-examples/.
std::filesystem::path example(std::string_view name);
std::string read_file(const std::filesystem::path& path);

} // namespace afloat::test
