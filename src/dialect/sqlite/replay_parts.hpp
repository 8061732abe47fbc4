#pragma once

#include "dialect/database.hpp"
#include "model/plan.hpp"
#include "model/schema.hpp"

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

/// The parts of replay(), one file a subject. Names in sets and keys are in lower case. Internal to
/// dialect/sqlite.
namespace afloat::sqlite {

/// A new database in memory.
std::unique_ptr<Database> open_empty();

/// Every word of a text that may be a name, with quotes removed.
std::set<std::string> names_in(std::string_view sql);

/// What of a schema must be there for statements to do what they would do; tables with changes_since come
/// along, to be read back as they are now with what depends on them.
struct Selection {
  std::set<std::string> tables;  ///< with their indexes and triggers
  std::set<std::string> shallow; ///< tables that only views, triggers and foreign keys of the others need
  std::vector<const Table*> all; ///< of `tables` and `shallow`, in the order of the schema, which has them
  std::set<std::string> views;
  std::set<std::string>
      names_only; ///< the schema knows that they exist, not what they are; in their own case

  bool empty() const { return all.empty() && views.empty() && names_only.empty(); }
};
/// `names`: all that the statements may name; `changed`: what they make, change or remove.
Selection select_for(const Schema& schema, const std::set<std::string>& names,
                     const std::set<std::string>& changed);

/// Makes the selection in an empty database, with Table::changes_since. What is only known by name, or cannot
/// be made, becomes a table without any of its columns: its name is returned.
std::set<std::string> materialise(Database& memory, const Schema& schema, const Selection& selection);

/// The text of the table `now` with the columns that are wanted: their order, types, NOT NULL and defaults.
/// Constraints of columns that are gone go too; all else stays as it is written. Error `statement` where the
/// text cannot be edited so.
std::string fitted_text(const Table& now, const Table& wanted);

/// All objects of a database: (type, name) to (table, text).
using Objects = std::map<std::pair<std::string, std::string>, std::pair<std::string, std::string>>;
Objects objects_in(Database& memory);

/// What the statements did to names.
struct Outcome {
  Objects before;
  std::set<std::string> strangers;           ///< tables whose shape is not known
  std::map<std::string, std::string> origin; ///< of tables that were renamed: their first name
};
/// Puts what differs from `outcome.before` into the schema.
void take_back(Database& memory, const Selection& selection, const Outcome& outcome, Schema& schema);

} // namespace afloat::sqlite
