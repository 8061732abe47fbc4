#pragma once

#include "commands/command.hpp"
#include "config/config.hpp"
#include "model/schema_difference.hpp"
#include "model/schema_model.hpp"

#include <span>
#include <string>
#include <vector>

namespace afloat {

/// A schema with what must be known to compare it with another one.
struct SchemaSource {
  SchemaModel model;
  std::string label;               ///< for people: a URL without credentials, a path, a snapshot's name
  std::vector<std::string> silent; ///< patterns of what it cannot tell
  std::vector<std::string> notes;  ///< what is not in the model, and why, a line each
};

/// The schema that `source` names: an environment; a folder, which is a snapshot or holds migrations; the
/// name of a snapshot of the store; the URL of a database; or a file of SQL. Files, migrations and snapshots
/// are replayed: see schema_replay.hpp. Error configuration for anything else.
SchemaSource schema_of(const Arguments& arguments, const std::string& source);
/// Of a model that was read from a database.
SchemaSource source_of(SchemaModel model, const std::string& label);

/// What leads from the one to the other, without afloat's own objects, what either cannot tell, and what the
/// patterns name. Takes afloat's own out of both models. Error usage where they are of two dialects.
std::vector<ObjectChange> compare_sources(SchemaSource& before, SchemaSource& after,
                                          std::span<const std::string> ignore);
/// The same where both have been compared once.
std::vector<ObjectChange> compare_again(const SchemaSource& before, const SchemaSource& after,
                                        std::span<const std::string> ignore);

} // namespace afloat
