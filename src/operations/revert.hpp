#pragma once

#include "operations/operation.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

/// The way back from contract, which each operation that hides or takes away something plans along with it:
/// in one transaction the names go back and the window's sync is there again; what contract has dropped is
/// built as contract builds, in short locks, before the command says that the window is open.
namespace afloat {

/// The piece that takes another back.
Piece undone(Piece piece);

/// One transaction of revert. Of the pieces only the statements count.
Step revert_step(std::string title, std::vector<Piece> pieces);

/// The steps as a part of revert: their phase, and no inverse.
void append_revert(OperationPlan& plan, std::vector<Step> steps);

/// A column of any table that the same operation hides: a foreign key may point at it.
struct HiddenTarget {
  RelationName table;
  std::string name, attic;
};

/// Columns of a table that contract hides, by what they were called and what they are called in the attic.
struct HiddenColumns {
  const Table& table; ///< as it is in the window, before contract
  std::vector<std::pair<std::string, std::string>> names;
  std::vector<HiddenTarget> targets{};

  const std::string* attic_name(std::string_view was) const; ///< null if it is none of them
};

/// Indexes and constraints that have one of the columns, built again under the names that they had, behind
/// the step that gives the columns their names back. PostgreSQL: concurrently, validated in a step of its
/// own. SQLite: the indexes alone, the rest is text of the table.
std::vector<Step> rebuild_hidden(const HiddenColumns& hidden, const OperationContext& context);
/// What was said of these indexes: comments, CLUSTER, REPLICA IDENTITY (which wants NOT NULL), statistics
/// targets.
void append_index_settings(const HiddenColumns& hidden, std::vector<Step>& steps);

/// A constraint on PostgreSQL, as it was: in short locks, and checked in a step of its own.
std::vector<Step> rebuild_constraint(const Table& table, const Constraint& constraint, const SqlWriter& sql);
/// Rows of `table`, which may be in the attic, that would break it; nothing where that cannot be asked.
std::optional<Loss> loss_of_constraint(const Table& table, const Constraint& constraint,
                                       const OperationContext& context);

/// Rows of the attic that would break what rebuild_hidden builds, or NOT NULL on one of the columns.
std::vector<Loss> losses_of_rebuild(const HiddenColumns& hidden, const OperationContext& context);

/// Rows whose old side is NULL in the attic because `down` could not map what the new release wrote.
/// `sync`: that of the attic. With `required` nobody can accept them.
Loss unmapped_rows(const Sync& sync, bool required, const OperationContext& context);

/// Rows in which an attic that is a plain copy differs, which only somebody who went around sync can have
/// made.
Loss parted_rows(const Sync& sync, const OperationContext& context);
/// The same for the attic of a partitioned table: a partition that was attached may have come with rows.
/// Those that are NULL in the attic are for unmapped_rows.
void append_attached_rows(const Sync& sync, const OperationContext& context, std::vector<Loss>& losses);

/// Partitions that came after the plan and cannot have their part of an index of the columns, which is built
/// again, and what has the name of such an index or part.
void append_index_obstacles(const HiddenColumns& hidden, std::vector<Loss>& losses);

/// Keys that came after the plan and need the column: foreign keys that point at it, also with a partition
/// that was detached, and those of partitions that are partitioned by it. Nothing on SQLite.
void append_keys_since(const Table& table, const std::string& column, const OperationContext& context,
                       std::vector<Loss>& losses);

/// The gate of purge: the attic and what took its place, compared over every row. What a lossy mapping makes
/// is no difference. `sync`: that of the attic.
Step attic_check(const Sync& sync, const OperationContext& context);

} // namespace afloat
