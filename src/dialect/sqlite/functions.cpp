#include "dialect/sqlite/functions.hpp"

#include "dialect/sqlite/column_uses.hpp"
#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/schema_errors.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "dialect/sqlite/table_edits.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

#include <charconv>

#include <fmt/format.h>
#include <sqlite3.h>

namespace afloat::sqlite {
namespace {
using Arguments = std::vector<std::string>;

struct FunctionRow {
  const char* name;
  int arguments; ///< -1: any number
  std::string (*apply)(const Arguments&);
};

ClauseText place_of(const Arguments& a) {
  ClauseText place{a[2], 0};
  std::from_chars(a[3].data(), a[3].data() + a[3].size(), place.behind);
  return place;
}

ConstraintPlace constraint_place_of(const Arguments& a) {
  ConstraintPlace place{a[1], {a[2], 0}};
  std::from_chars(a[3].data(), a[3].data() + a[3].size(), place.clause.behind);
  return place;
}

constexpr FunctionRow k_edits[] = {
    {"afloat_drop_not_null", 2, [](const Arguments& a) { return drop_not_null(a[0], a[1]); }},
    {"afloat_add_not_null", 2, [](const Arguments& a) { return add_not_null(a[0], a[1]); }},
    {"afloat_add_not_null", 4, [](const Arguments& a) { return add_not_null(a[0], a[1], place_of(a)); }},
    {"afloat_add_default", 3, [](const Arguments& a) { return add_default(a[0], a[1], a[2]); }},
    {"afloat_put_default", 4, [](const Arguments& a) { return put_default(a[0], a[1], place_of(a)); }},
    {"afloat_drop_default", 2, [](const Arguments& a) { return drop_default(a[0], a[1]); }},
    {"afloat_set_type", 3, [](const Arguments& a) { return set_type(a[0], a[1], a[2]); }},
    {"afloat_succeed_column", 5,
     [](const Arguments& a) { return succeed_column(a[0], a[1], a[2], a[3], a[4] == "keep default"); }},
    {"afloat_add_check_value", 4,
     [](const Arguments& a) { return add_check_value(a[0], a[1], a[2], std::stoul(a[3])); }},
    {"afloat_drop_check_value", 3, [](const Arguments& a) { return drop_check_value(a[0], a[1], a[2]); }},
    {"afloat_drop_foreign_keys", 2, [](const Arguments& a) { return drop_foreign_keys(a[0], a[1]); }},
    {"afloat_add_constraint", 3, [](const Arguments& a) { return add_constraint(a[0], a[1], a[2]); }},
    {"afloat_drop_constraint", 4,
     [](const Arguments& a) { return drop_constraint(a[0], {a[1], a[2], a[3]}); }},
    {"afloat_put_constraint", 4,
     [](const Arguments& a) { return put_constraint(a[0], constraint_place_of(a)); }},
    {"afloat_drop_constraints_of", 2, [](const Arguments& a) { return drop_constraints_of(a[0], a[1]); }},
    {"afloat_add_trigger_guard", 3, [](const Arguments& a) { return add_trigger_guard(a[0], a[1], a[2]); }},
    {"afloat_add_trigger_columns", 3,
     [](const Arguments& a) { return add_trigger_columns(a[0], a[1], a[2]); }},
    {"afloat_wrap_new_column", 5,
     [](const Arguments& a) { return wrap_new_column(a[0], a[1], a[2], a[3], a[4]); }},
    {"afloat_restore_trigger", 2, [](const Arguments& a) { return restore_trigger(a[0], a[1]); }},
    {"afloat_name_view_columns", -1,
     [](const Arguments& a) { return name_view_columns(a[0], std::span(a).subspan(1)); }},
    {"afloat_unname_view_columns", -1,
     [](const Arguments& a) { return unname_view_columns(a[0], std::span(a).subspan(1)); }},
};

Arguments texts(int count, sqlite3_value** values) {
  Arguments arguments;
  for (int i = 0; i < count; ++i) {
    const void* text = sqlite3_value_text(values[i]);
    if (text == nullptr) throw Error(ErrorCode::statement, "an edit of the stored schema was given NULL");
    arguments.emplace_back(static_cast<const char*>(text),
                           static_cast<std::size_t>(sqlite3_value_bytes(values[i])));
  }
  return arguments;
}

void return_text(sqlite3_context* context, const std::string& text) {
  sqlite3_result_text(context, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

template <std::size_t row>
void edit(sqlite3_context* context, int count, sqlite3_value** values) {
  *static_cast<bool*>(sqlite3_user_data(context)) = true;
  try {
    return_text(context, k_edits[row].apply(texts(count, values)));
  } catch (const std::exception& error) {
    sqlite3_result_error(context, error.what(), -1);
  }
}

void assert_true(sqlite3_context* context, int, sqlite3_value** values) {
  if (sqlite3_value_int(values[0]) != 0) return sqlite3_result_int(context, 1);
  const void* message = sqlite3_value_text(values[1]);
  sqlite3_result_error(context, static_cast<const char*>(message), -1);
}

void names(sqlite3_context* context, int, sqlite3_value** values) {
  try {
    const Arguments arguments = texts(2, values);
    sqlite3_result_int(context, names_table(arguments[0], arguments[1]) ? 1 : 0);
  } catch (const std::exception& error) {
    sqlite3_result_error(context, error.what(), -1);
  }
}

void names_column(sqlite3_context* context, int, sqlite3_value** values) {
  try {
    const Arguments arguments = texts(3, values);
    sqlite3_result_int(context, trigger_names(arguments[0], arguments[1], arguments[2]) ? 1 : 0);
  } catch (const std::exception& error) {
    sqlite3_result_error(context, error.what(), -1);
  }
}

void reads(sqlite3_context* context, int, sqlite3_value** values) {
  try {
    const Arguments arguments = texts(2, values);
    sqlite3_result_int(context, trigger_reads(arguments[0], arguments[1]) ? 1 : 0);
  } catch (const std::exception& error) {
    sqlite3_result_error(context, error.what(), -1);
  }
}

void uses_column(sqlite3_context* context, int, sqlite3_value** values) {
  try {
    const Arguments a = texts(3, values);
    sqlite3_result_int(context, trigger_uses(sqlite3_context_db_handle(context), a[0], a[1], a[2]) ? 1 : 0);
  } catch (const std::exception& error) {
    sqlite3_result_error(context, error.what(), -1);
  }
}

void forget_missing_columns(sqlite3_context* context, int, sqlite3_value** values) {
  *static_cast<bool*>(sqlite3_user_data(context)) = true;
  try {
    const Arguments a = texts(2, values);
    return_text(context, forget_missing(sqlite3_context_db_handle(context), a[0], a[1]));
  } catch (const std::exception& error) {
    sqlite3_result_error(context, error.what(), -1);
  }
}

void silence_triggers(sqlite3_context* context, int, sqlite3_value**) {
  sqlite3_db_config(sqlite3_context_db_handle(context), SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
}

/// What of the schema around the table does not work, or NULL.
void schema_errors_of(sqlite3_context* context, int, sqlite3_value** values) {
  const std::string found = schema_errors(sqlite3_context_db_handle(context), texts(1, values)[0]);
  if (!found.empty()) return_text(context, found);
}

/// Changes what ANALYZE wrote, where it did: `{table}` is the name of the table that it writes to.
void change_statistics(sqlite3_context* context, const std::string& statement) {
  sqlite3* connection = sqlite3_context_db_handle(context);
  for (const char* table : {"sqlite_stat1", "sqlite_stat4"}) {
    if (sqlite3_table_column_metadata(connection, "main", table, nullptr, nullptr, nullptr, nullptr, nullptr,
                                      nullptr)
        != SQLITE_OK)
      continue;
    const std::string sql = replaced(statement, "{table}", table);
    if (sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
      return sqlite3_result_error(context, sqlite3_errmsg(connection), -1);
  }
}

/// What ANALYZE knows of the indexes of a table's constraints, which go by number.
void forget_statistics(sqlite3_context* context, int, sqlite3_value** values) {
  change_statistics(context, fmt::format("DELETE FROM {{table}} WHERE tbl = {} COLLATE NOCASE AND idx LIKE "
                                         "'sqlite!_autoindex!_%' ESCAPE '!'",
                                         literal(texts(1, values)[0])));
}

/// ALTER TABLE leaves them under the old name. Those of constraints have the table's name in theirs, and that
/// of the key of a table WITHOUT ROWID has no other.
void rename_statistics(sqlite3_context* context, int, sqlite3_value** values) {
  const Arguments names = texts(2, values);
  change_statistics(context,
                    fmt::format("UPDATE {{table}} SET tbl = {1}, idx = CASE WHEN idx = {0} THEN {1} WHEN "
                                "substr(idx, 1, length({2})) = {2} THEN {3} || substr(idx, length({2}) + 1) "
                                "ELSE idx END WHERE tbl = {0} COLLATE NOCASE",
                                literal(names[0]), literal(names[1]),
                                literal(fmt::format("sqlite_autoindex_{}_", names[0])),
                                literal(fmt::format("sqlite_autoindex_{}_", names[1]))));
}

void digest(sqlite3_context* context, int, sqlite3_value** values) {
  const void* text = sqlite3_value_text(values[0]);
  if (text == nullptr) return sqlite3_result_null(context);
  return_text(context, sha256({static_cast<const char*>(text),
                               static_cast<std::size_t>(sqlite3_value_bytes(values[0]))}));
}

using Function = void (*)(sqlite3_context*, int, sqlite3_value**);

/// SQLITE_DIRECTONLY: a trigger or view in a file from elsewhere cannot call them.
void add(sqlite3* connection, const char* name, int arguments, Function function, bool* edited = nullptr) {
  sqlite3_create_function_v2(connection, name, arguments,
                             SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, edited, function,
                             nullptr, nullptr, nullptr);
}

template <std::size_t... rows>
void add_edits(sqlite3* connection, bool* edited, std::index_sequence<rows...>) {
  (add(connection, k_edits[rows].name, k_edits[rows].arguments, edit<rows>, edited), ...);
}
} // namespace

void register_functions(sqlite3* connection, bool* edited) {
  add_edits(connection, edited, std::make_index_sequence<std::size(k_edits)>());
  add(connection, "afloat_assert", 2, assert_true);
  add(connection, "afloat_sha256", 1, digest);
  add(connection, "afloat_names_table", 2, names);
  add(connection, "afloat_names_column", 3, names_column);
  add(connection, "afloat_trigger_reads", 2, reads); // asked by plans of earlier versions
  add(connection, "afloat_trigger_uses", 3, uses_column);
  add(connection, "afloat_forget_missing", 2, forget_missing_columns, edited);
  add(connection, "afloat_silence_triggers", 0, silence_triggers);
  add(connection, "afloat_schema_errors", 1, schema_errors_of);
  add(connection, "afloat_forget_statistics", 1, forget_statistics);
  add(connection, "afloat_rename_statistics", 2, rename_statistics);
}

} // namespace afloat::sqlite
