#pragma once

#include "dialect/sql_writer.hpp"
#include "operations/operation.hpp"

#include <string>
#include <vector>

/// `attic = "aside"`: what contract takes out of a table is kept by key in a table of afloat's own, so that
/// the table itself has exactly the new shape. What the operations that can do it have in common.
namespace afloat {

inline constexpr FieldRow k_attic_field{
    "attic", FieldType::text, false,
    "`aside`: contract leaves nothing of the old column in the table; what must be kept of it for a revert "
    "is kept by key in a table of afloat's own (default: `column`, hidden in the table)"};

/// What the key `attic` says; Error invalid_migration for another word than column and aside.
bool wants_aside(const OperationSpec& spec, const OperationContext& context);
/// Refuses `attic = "aside"` where an operation cannot do it. `why`: a sentence without full stop.
void refuse_aside_here(const OperationSpec& spec, const OperationContext& context, const std::string& why);
/// How the columns are kept; Error invalid_migration with the reason where that cannot be.
AsideTable aside_of(const OperationSpec& spec, const OperationContext& context, const Table& table,
                    std::vector<AsideColumn> columns);
/// Refuses a column that could not come back as it was.
void refuse_aside(const OperationSpec& spec, const OperationContext& context, const Table& table,
                  const Column& column);

/// The column as a revert adds it: NOT NULL at once where its default fills the rows that are there.
Column returning(const Column& column);

/// Backfill and checks of the window, and the check of contract.
void append_aside_checks(const AsideTable& aside, const Table& table, const std::vector<std::string>& columns,
                         OperationPlan& plan);
/// Contract: `pieces`, and then the columns leave the table.
Step aside_swap(const AsideTable& aside, const Table& table, const std::vector<std::string>& columns,
                std::vector<Piece> pieces, const OperationContext& context);
/// Revert: the columns are there again, in sync as the window has it (`window`), and get their values in
/// batches; a check of every row ends it.
std::vector<Step> aside_returns(const AsideTable& aside, const Table& table,
                                const std::vector<Column>& columns, std::vector<Piece> window,
                                const OperationContext& context);
/// Purge; whether it destroys something the operation must say.
Step aside_purge(const AsideTable& aside);
/// Rows that would break NOT NULL, an index or a constraint when the columns come back.
std::vector<Loss> aside_losses(const AsideTable& aside, const Table& table,
                               const std::vector<const Column*>& columns, const OperationContext& context);
/// SQLite: what contract costs.
std::string rewriting_note(const Table& table);
/// Reads, guards and notes.
void append_aside_facts(const AsideTable& aside, const Table& table, const std::vector<std::string>& columns,
                        const OperationContext& context, OperationPlan& plan);

} // namespace afloat
