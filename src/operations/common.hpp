#pragma once

#include "model/fields.hpp"
#include "operations/operation.hpp"

namespace afloat {

/// The table that the field names; Error invalid_migration says where it was looked for and offers the
/// nearest name.
const Table& required_table(const OperationSpec& spec, const OperationContext& context,
                            std::string_view field = "table");
/// The same for a name that stands elsewhere.
const Table& known_table(const OperationSpec& spec, const OperationContext& context,
                         const RelationName& wanted, const SourcePosition& where);
/// The column of the table that the field names; Error invalid_migration with the nearest name.
const Column& required_column(const OperationSpec& spec, const Table& table,
                              std::string_view field = "column");
/// Refuses a name that the table already has.
void refuse_existing_column(const OperationSpec& spec, const Table& table, std::string_view field);
/// Refuses, with the writer's reason, a sync that cannot be made.
void refuse_obstacle(const OperationSpec& spec, const OperationContext& context, const Sync& sync);

/// An Error at the position of the field: "operation 2 (rename_column): …".
Error invalid(const OperationSpec& spec, const OperationContext& context, std::string_view field,
              std::string message, std::string hint = {});

RelationName table_field(const OperationSpec& spec);
/// OperationRow::tables of most operations.
std::vector<RelationName> only_table(const OperationSpec& spec, const SqlWriter& sql);

std::string sync_id(const OperationContext& context);                             ///< "1_2"
std::string attic_name(const OperationContext& context, std::string_view column); ///< fits the server
std::string touched(const Table& table, std::string_view column); ///< "public.users.user_name"

/// The columns of the table that an expression reads, as touched() writes them; `except` is left out.
std::vector<std::string> columns_read(const Table& table, std::string_view expression,
                                      std::string_view except);
/// Refuses an expression or a name with a placeholder of range work ({after}, {upto}, {limit}) in it.
void refuse_placeholders(const OperationSpec& spec, const OperationContext& context, const Table& table);

/// True for a literal: the same for every row, so that a column with this default is added in the catalog
/// alone.
bool is_constant_expression(std::string_view sql);

/// On SQLite, where the model keeps a table's text: notes that an operation has changed the table by these
/// pieces, so that the text can be brought up to date.
void note_change(Table& table, const OperationContext& context, std::vector<Piece> pieces);

/// The column takes the place of another, behind all others: in the table, and in its partitions as far as
/// the schema has them.
void stand_last(Schema& schema, const RelationName& table, const std::string& was, const Column& column);

/// A step around range work.
Step range_step(Phase phase, StepKind kind, std::string title, RangeWork work, const Table& table);

/// A check of one query, whose rows say in words what is in the way.
RangeWork asked_once(const Table& table, const std::string& query);
/// Such a check, before anything is made, of the names that an index and its parts are to get; none where
/// the table is not partitioned.
std::vector<Step> look_for_names(const Table& table, const Index& index);

/// Contract of a sync that fills a column of a partitioned table: rows of a partition that was attached have
/// passed no trigger. `sync.table` with the column.
void append_fill_since(const Sync& sync, const OperationContext& context, std::vector<Step>& steps);

/// Refuses a column that has no default of its own: generated, identity, afloat's.
void refuse_without_default(const OperationSpec& spec, const OperationContext& context, const Column& column);
/// The step that must come before the default becomes `expression` (nothing: none), where there is one.
void append_stored_default(const Table& table, const Column& column,
                           const std::optional<std::string>& expression, const OperationContext& context,
                           OperationPlan& plan);

/// What adding a column to this table can hurt by itself, as sentences.
std::vector<std::string> added_column_notes(const Table& table, Dialect dialect);

/// Who uses the table's columns without naming them, as sentences; nothing where that is not known.
std::vector<std::string> habit_notes(const Table& table);

/// What a backfill does to user triggers that it cannot keep silent, as sentences.
std::vector<std::string> backfill_notes(const Table& table, const Schema& schema);

/// True if the index has the column as a key, in an expression, in its condition or behind INCLUDE.
bool uses_column(const Index& index, const Table& table, std::string_view column);

} // namespace afloat
