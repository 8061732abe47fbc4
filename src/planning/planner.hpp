#pragma once

#include "dialect/sql_writer.hpp"
#include "model/migration.hpp"
#include "model/plan.hpp"
#include "model/schema.hpp"

#include <optional>
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

/// What must be inspected besides, where statements are followed: what views and triggers of the schema read
/// and it does not have. Ask again when it is there.
std::vector<RelationName> unread_around(const Schema& schema);

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
/// what does not fit. `closed` gets the schema after the whole migration where that is another one.
Plan make_plan(const Migration& migration, Schema& schema, const SqlWriter& sql, PlanSettings settings = {},
               std::optional<Schema>* closed = nullptr);

/// Throws Error invalid_migration, as make_plan() does, for what is wrong in the author's own SQL whatever
/// the schema is.
void check_written(const Migration& migration, const SqlWriter& sql, PlanSettings settings);

/// The schema after the whole migration, from the schema before it; for planning what comes after.
Schema after_contract(const Migration& migration, Schema before, const SqlWriter& sql);

/// False if a later migration must be planned from a new look at the database, because this one's operations
/// do more to the schema than they can say.
bool schema_after_is_exact(const Migration& migration);

/// A schema that knows nothing, for planning from files alone.
Schema empty_schema(Dialect dialect);

} // namespace afloat
