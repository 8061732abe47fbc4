#pragma once

#include "model/schema.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Edits of the CREATE statements that SQLite keeps in sqlite_schema: pure functions of text, also registered
/// as SQL functions (functions.hpp). They touch nothing but what they add or take away: comments, quoting and
/// spacing stay. All throw Error `statement` naming why when the text is not what they can edit.
namespace afloat::sqlite {

/// What a CREATE TABLE statement says that no PRAGMA tells.
struct TableText {
  std::vector<Constraint> constraints;
  bool strict = false;
};
TableText read_table(std::string_view create_table);

/// Where a NOT NULL or a DEFAULT stands in a column's definition, so that it can be put back exactly.
struct ClauseText {
  std::string text;       ///< with the space before it: " CONSTRAINT nn NOT NULL ON CONFLICT ABORT"
  std::size_t behind = 0; ///< number of words and symbols of the definition that stand before it

  bool operator==(const ClauseText&) const = default;
};
/// Nothing if the column has none, or is not (yet) in the text.
std::optional<ClauseText> find_not_null(std::string_view create_table, std::string_view column);

std::string drop_not_null(std::string_view create_table, std::string_view column);
/// At the end of the column's definition, or exactly where `place` says.
std::string add_not_null(std::string_view create_table, std::string_view column,
                         const std::optional<ClauseText>& place = std::nullopt);

/// Nothing if the column has none, or is not (yet) in the text.
std::optional<ClauseText> find_default(std::string_view create_table, std::string_view column);
/// ` DEFAULT (expression)` at the end of the column's definition.
std::string add_default(std::string_view create_table, std::string_view column, std::string_view expression);
/// Exactly where `place` says, for a column that has none.
std::string put_default(std::string_view create_table, std::string_view column, const ClauseText& place);
std::string drop_default(std::string_view create_table, std::string_view column);

/// The constraint that is meant: by its name, or by its words and the column in whose definition it stands
/// (empty: the table's) where it has none.
struct ConstraintKey {
  std::string name, definition, column;
};
/// Where a constraint stands: in the definition of `column`, or behind so many definitions of the table.
struct ConstraintPlace {
  std::string column; ///< empty: the table's
  ClauseText clause;

  bool operator==(const ConstraintPlace&) const = default;
};
/// Nothing if the text does not have it (yet). Without a name and a column in `key`, the first that fits.
std::optional<ConstraintPlace> find_constraint(std::string_view create_table, const ConstraintKey& key);
/// Where a constraint of the model stands in the text of its table.
std::optional<ConstraintPlace> place_of(const Table& table, const Constraint& constraint); // constraints.cpp
/// Behind all that the table has; refuses a name that it has already.
std::string add_constraint(std::string_view create_table, std::string_view name, std::string_view definition);
/// Fails unless exactly one is meant.
std::string drop_constraint(std::string_view create_table, const ConstraintKey& key);
std::string put_constraint(std::string_view create_table, const ConstraintPlace& place);
// column_text.cpp
/// The declared type of the column, exactly as it stands there; empty if it has none.
std::string read_type(std::string_view create_table, std::string_view column);
std::string set_type(std::string_view create_table, std::string_view column, std::string_view type);
/// Exchanges a column and its successor, which stands in the text with name and type only: `from` gets the
/// name `attic` and keeps its type, collation and, with `keep_default`, its default; the successor gets the
/// name of `from` and all that stood behind its type. Constraints of the table are left: they mean the name.
std::string succeed_column(std::string_view create_table, std::string_view from, std::string_view attic,
                           std::string_view successor, bool keep_default);
/// The values of the one CHECK of the text that is `column IN ('…', …)`, with or without `column IS NULL OR`
/// before it; nothing if there is none of this form, or several.
std::optional<std::vector<std::string>> check_values(std::string_view sql, std::string_view column);
/// Puts a value at this place of that list.
std::string add_check_value(std::string_view sql, std::string_view column, std::string_view value,
                            std::size_t place);
std::string drop_check_value(std::string_view sql, std::string_view column, std::string_view value);

/// Takes away the foreign keys to other tables, of columns and of the table.
std::string drop_foreign_keys(std::string_view create_table, std::string_view own_name);

/// True if a view, trigger or table reads, writes or refers to the table, as far as its text tells.
bool names_table(std::string_view sql, std::string_view table);

/// What a CREATE TRIGGER statement says.
struct TriggerText {
  std::string table;
  bool before = false, instead_of = false;
  bool on_insert = false, on_update = false, on_delete = false, has_when = false;
  std::vector<std::string> update_of;
};
TriggerText read_trigger(std::string_view create_trigger);

/// The trigger fires only when `expression` is true as well. Guards of several ids nest and go independently.
std::string add_trigger_guard(std::string_view create_trigger, std::string_view id,
                              std::string_view expression);
/// More columns, quoted, for the list of an UPDATE OF.
std::string add_trigger_columns(std::string_view create_trigger, std::string_view id,
                                std::string_view columns);
/// Every `NEW.column` of the trigger's own text becomes `before NEW.column after`.
std::string wrap_new_column(std::string_view create_trigger, std::string_view id, std::string_view column,
                            std::string_view before, std::string_view after);
/// Takes away all that the functions above added for this id: the text is what it was before.
std::string restore_trigger(std::string_view create_trigger, std::string_view id);
/// True if the trigger reads NEW.column or OLD.column.
bool trigger_reads(std::string_view create_trigger, std::string_view column);

/// True if the trigger, without what was added to it for this id, has the column's name in its text.
bool trigger_names(std::string_view create_trigger, std::string_view id, std::string_view column);

/// Gives a view without a column list this one; a view that has a list, or selects `*`, stays as it is.
std::string name_view_columns(std::string_view create_view, std::span<const std::string> columns);
/// Takes away a list that name_view_columns added.
std::string unname_view_columns(std::string_view create_view, std::span<const std::string> columns);

} // namespace afloat::sqlite
