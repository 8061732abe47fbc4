#pragma once

struct sqlite3;

namespace afloat::sqlite {

/// Registers the SQL functions that plans use, on this connection only:
///   afloat_drop_not_null(sql, column)                  afloat_add_not_null(sql, column [, text, behind])
///   afloat_add_default(sql, column, expression)         afloat_put_default(sql, column, text, behind)
///   afloat_drop_default(sql, column)                   afloat_drop_foreign_keys(sql, own table)
///   afloat_names_table(sql, table)
///   afloat_silence_triggers(): triggers of the database do not fire for the rest of this transaction, those
///   of TEMP do
///   afloat_add_trigger_columns(sql, id, columns)
///   afloat_add_trigger_guard(sql, id, expression)      afloat_wrap_new_column(sql, id, column, before,
///   after) afloat_restore_trigger(sql, id) afloat_name_view_columns(sql, column, …)
///   afloat_unname_view_columns(sql, column, …) afloat_assert(condition, message): 1, or an error with this
///   message afloat_sha256(text)
/// The edits are those of schema_text.hpp; what they throw becomes the statement's error. `*edited` is set
/// when one ran.
void register_functions(sqlite3* connection, bool* edited);

} // namespace afloat::sqlite
