#pragma once

#include "dialect/sql_writer.hpp"
#include "model/migration.hpp"
#include "model/plan.hpp"
#include "model/schema.hpp"

#include <vector>

namespace afloat {

/// What must be inspected before a migration can be planned.
std::vector<RelationName> tables_of(const Migration& migration, const SqlWriter& sql);
/// What else its statements name: worth a look when the plan is shown.
std::vector<RelationName> mentions_of(const Migration& migration, const SqlWriter& sql);

/// What else must be inspected: tables with foreign keys to those that the migration works on, where an
/// operation works on them too, as far as `schema` tells; those that it has already are left out. Ask again
/// when they are there.
std::vector<RelationName> pointing_tables(const Migration& migration, const SqlWriter& sql,
                                          const Schema& schema);

struct PlanSettings {
  /// Let SQL through that our parser cannot read. On SQLite the parser is the one that runs the statements:
  /// see lets_newer_through().
  bool newer_syntax = false;
  bool apply = true; ///< false: `schema` stays as it is; for what is planned without a look at the database
};

/// Whether there can be a newer parser than ours, and the settings say so.
bool lets_newer_through(PlanSettings settings, const SqlWriter& sql);

/// The plan of a migration on this schema; pure. Changes `schema` to what it is after the migration's window
/// has opened (after the whole migration where its contract is empty). Throws Error invalid_migration for
/// what does not fit.
Plan make_plan(const Migration& migration, Schema& schema, const SqlWriter& sql, PlanSettings settings = {});

/// The schema after the whole migration, from the schema before it; for planning what comes after.
Schema after_contract(const Migration& migration, Schema before, const SqlWriter& sql);

/// False if a later migration must be planned from a new look at the database, because this one's operations
/// do more to the schema than they can say.
bool schema_after_is_exact(const Migration& migration);

/// The note that a plan has for a sentence of Plan::no_revert.
std::string note_without_revert(std::string_view why);

/// A schema that knows nothing, for planning from files alone.
Schema empty_schema(Dialect dialect);

/// "users.phone" and "users#by_phone" are parts of "users.*" and of "users.**".
bool is_part_of(std::string_view touch, std::string_view whole);

/// The first column or table that both plans touch, or empty. Two such windows cannot be open at once.
std::string shared_touch(const Plan& one, const Plan& other);

/// The first column or table of `open` that is on a table which `plan` makes, drops or renames; or of `plan`,
/// on a table of which `open` says "users.**": nothing new comes to it while the window is open. Or empty.
std::string whole_table_touch(const Plan& plan, const Plan& open);

} // namespace afloat
