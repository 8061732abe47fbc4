#include "dialect/sqlite/sql_writer.hpp"

#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/rebuild.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace afloat {
namespace sqlite {

std::string relation(const Table& table) {
  return identifier(table.name.name);
}

std::vector<TableLock> file_lock(const Table& table) {
  return {{table.name, LockLevel::database}};
}

Statement edit_of(std::string_view type, std::string_view name, const std::string& expression) {
  return {fmt::format("UPDATE sqlite_schema SET sql = {} WHERE type = {} AND name = {} COLLATE NOCASE",
                      expression, literal(type), literal(name)),
          1};
}

std::vector<Statement> schema_edit(std::vector<Statement> updates) {
  if (updates.empty()) return updates;
  updates.insert(updates.begin(), Statement("PRAGMA writable_schema = ON"));
  updates.emplace_back("CREATE VIEW afloat_schema_touch AS SELECT 1");
  updates.emplace_back("DROP VIEW afloat_schema_touch");
  updates.emplace_back("PRAGMA writable_schema = RESET");
  return updates;
}

// Triggers of other windows on the table ask whether each column was changed; of this one they ask no more.
Statement forget_change_of(const Table& table, std::string_view column) {
  const std::string question = literal(" AND NOT " + sqlite::changed(column));
  return fmt::format(
      "UPDATE sqlite_schema SET sql = replace(sql, {}, '') WHERE type = 'trigger' AND instr(sql, {}) > 0 AND "
      "tbl_name = {} COLLATE NOCASE AND (name LIKE 'afloat~_%' ESCAPE '~' OR instr(sql, '/*<afloat ') > 0)",
      question, question, literal(table.name.name));
}

namespace {
std::string drop_not_null_call(std::string_view column) {
  return fmt::format("afloat_drop_not_null(sql, {})", literal(column));
}

/// Puts NOT NULL back where `table.create_sql` has it; at the end of the definition when that is not known.
std::string add_not_null_call(const Table& table, std::string_view column) {
  if (!table.create_sql.empty())
    if (const auto place = find_not_null(table.create_sql, column))
      return fmt::format("afloat_add_not_null(sql, {}, {}, {})", literal(column), literal(place->text),
                         place->behind);
  return fmt::format("afloat_add_not_null(sql, {})", literal(column));
}

Statement assert_no_null(const Table& table, std::string_view column) {
  return fmt::format("SELECT afloat_assert(NOT EXISTS (SELECT 1 FROM {} WHERE {} IS NULL), {})",
                     relation(table), identifier(column),
                     literal(fmt::format("{}.{} is NULL in some rows", table.name.name, column)));
}

class SqliteWriter final : public SqlWriter {
 public:
  Dialect dialect() const override { return Dialect::sqlite; }
  std::string identifier(std::string_view name) const override { return sqlite::identifier(name); }
  std::string literal(std::string_view text) const override { return sqlite::literal(text); }
  std::string fitting_name(std::string_view stem) const override { return std::string(stem); }

  Piece create_table(const Table& table) const override { return sqlite::create_table(table); }

  Piece add_column(const Table& table, const Column& column) const override {
    Piece piece;
    piece.statements.emplace_back(fmt::format("ALTER TABLE {} ADD COLUMN {}", sqlite::relation(table),
                                              column_definition(table, column)));
    piece.inverse = drop_column(table, column.name).statements;
    piece.locks = file_lock(table);
    piece.scans = !column.generated.empty(); // SQLite checks the rows that are there
    return piece;
  }

  Piece set_default(const Table& table, std::string_view column, std::string_view expression) const override {
    return sqlite::set_default(table, column, expression);
  }
  Piece drop_default(const Table& table, std::string_view column) const override {
    return sqlite::drop_default(table, column);
  }
  std::vector<std::string> default_trial(const Table& table, const Column& column,
                                         std::string_view expression) const override {
    return sqlite::default_trial(table, column, expression);
  }
  std::optional<RangeWork> store_default(const Table& table, const Column& column,
                                         const std::optional<std::string>& expression) const override {
    return sqlite::store_default(table, column, expression);
  }

  std::vector<RelationName> tables_of_enum(const Schema&, const Column&) const override { return {}; }
  EnumRemoval remove_enum_value(const Schema&, const Table& table, const Column& column,
                                const std::string& value, const std::string& becomes, const std::string& id,
                                std::int64_t) const override {
    return sqlite::remove_enum_value(table, column, value, becomes, id);
  }
  EnumChange add_enum_value(const Table& table, const Column& column,
                            const std::vector<TypeDefinition>& types, const EnumValue& value) const override {
    return sqlite::add_enum_value(table, column, types, value);
  }

  Piece drop_column(const Table& table, std::string_view column) const override {
    Piece piece;
    piece.statements = schema_edit({forget_change_of(table, column)});
    piece.statements.emplace_back(
        fmt::format("ALTER TABLE {} DROP COLUMN {}", sqlite::relation(table), identifier(column)));
    piece.locks = file_lock(table);
    piece.rewrites = piece.scans = true;
    return piece;
  }

  Piece rename_column(const Table& table, std::string_view from, std::string_view to) const override {
    const auto rename = [&](std::string_view a, std::string_view b) {
      return fmt::format("ALTER TABLE {} RENAME COLUMN {} TO {}", sqlite::relation(table), identifier(a),
                         identifier(b));
    };
    Piece piece;
    piece.statements.emplace_back(rename(from, to));
    piece.inverse.emplace_back(rename(to, from));
    piece.locks = file_lock(table);
    return piece;
  }

  Piece copy_properties(const Table&, const Column&, std::string_view) const override { return {}; }

  Piece relax_not_null(const Table& table, std::string_view column) const override {
    Piece piece;
    piece.statements = schema_edit({edit_of("table", table.name.name, drop_not_null_call(column))});
    piece.inverse = schema_edit({edit_of("table", table.name.name, add_not_null_call(table, column))});
    piece.inverse.insert(piece.inverse.begin(), assert_no_null(table, column));
    piece.locks = file_lock(table);
    return piece;
  }

  Piece restore_not_null(const Table& table, std::string_view column) const override {
    Piece piece;
    piece.statements = schema_edit({edit_of("table", table.name.name, add_not_null_call(table, column))});
    piece.statements.insert(piece.statements.begin(), assert_no_null(table, column));
    piece.inverse = schema_edit({edit_of("table", table.name.name, drop_not_null_call(column))});
    piece.locks = file_lock(table);
    piece.scans = true;
    return piece;
  }

  std::vector<Step> not_null_steps(const Table& table, std::string_view column, Phase phase) const override {
    const std::string title = fmt::format("make {}.{} NOT NULL", table.name.name, column);
    Step step = combine(phase, title, {restore_not_null(table, column)});
    step.undo = "NOT NULL is dropped";
    return {std::move(step)};
  }

  Piece keep_view_columns(const std::vector<View>& views, const Table& table,
                          std::string_view from) const override {
    std::vector<Statement> updates, inverse;
    for (const View& view : views) {
      const bool reads = std::any_of(view.reads.begin(), view.reads.end(), [&](const auto& read) {
        return same_name(read.first.name, table.name.name) && same_name(read.second, from);
      });
      if (!reads) continue;
      std::string columns;
      for (const std::string& column : view.columns) columns += ", " + literal(column);
      updates.push_back(
          edit_of("view", view.name.name, fmt::format("afloat_name_view_columns(sql{})", columns)));
      updates.back().must_change.reset(); // a view that was dropped in the window is no obstacle
      inverse.push_back(
          edit_of("view", view.name.name, fmt::format("afloat_unname_view_columns(sql{})", columns)));
    }
    Piece piece{schema_edit(std::move(updates)), schema_edit(std::move(inverse)), {}, false, false};
    if (!piece.statements.empty()) piece.locks = file_lock(table);
    return piece;
  }

  Piece rename_table(const Table& table, const std::string& to) const override {
    return sqlite::rename_table(table, to);
  }
  Piece drop_table(const RelationName& table) const override { return sqlite::drop_table(table); }
  TwoNames two_names(const Table& table, const std::string& to, const std::string& id) const override {
    return sqlite::two_names(table, to, id);
  }
  Piece drop_foreign_keys(const Table& table) const override { return sqlite::drop_foreign_keys(table); }
  std::vector<std::string> table_users(const RelationName& table) const override {
    return sqlite::table_users(table);
  }
  std::vector<std::string> column_users(const Table& table, std::string_view column) const override {
    return sqlite::column_users(table, column);
  }

  Step create_index(const Table& table, const Index& index) const override {
    Piece piece;
    piece.statements.emplace_back(index_sql(table, index));
    piece.inverse.emplace_back("DROP INDEX " + identifier(index.name));
    piece.locks = file_lock(table);
    piece.scans = true;
    return combine(Phase::expand, fmt::format("create index {} on {}", index.name, table.name.name), {piece});
  }

  std::vector<Step> create_index_steps(const Table& table, const Index& index) const override {
    return {create_index(table, index)};
  }

  Piece drop_index(const Table& table, const Index& index) const override {
    Piece piece;
    piece.statements.emplace_back("DROP INDEX " + identifier(index.name));
    piece.locks = file_lock(table);
    return piece;
  }

  Step drop_index_step(const Table& table, const Index& index) const override {
    Step step =
        combine(Phase::contract, fmt::format("drop index {}", index.name), {drop_index(table, index)});
    step.inverse = create_index(table, index).statements;
    return step;
  }

  Piece drop_constraint(const Table& table, const Constraint& constraint) const override {
    throw std::logic_error("SQLite cannot drop " + constraint.definition + " of " + table.name.name);
  }

  std::vector<Step> constraint_steps(const Table& table, const Constraint& constraint,
                                     std::string_view rejected, Phase phase) const override {
    return sqlite::constraint_steps(table, constraint, rejected, phase);
  }
  std::vector<Step> key_steps(const Table& table, const Index& index, const Constraint&,
                              Phase phase) const override {
    Step step = create_index(table, index);
    step.phase = phase;
    return {std::move(step)};
  }
  std::vector<std::string> constraint_trial(const Table& table, const Constraint& constraint,
                                            const Table*) const override {
    return sqlite::constraint_trial(table, constraint);
  }
  std::vector<Step> drop_constraint_steps(const Table& table, const Constraint& constraint,
                                          std::string_view rejected) const override {
    return sqlite::drop_constraint_steps(table, constraint, rejected);
  }
  std::optional<RangeWork> constraint_users(const Table&, const Constraint&) const override {
    return std::nullopt;
  }
  Piece drop_constraints_of(const Table& table, std::string_view column, std::string_view id) const override {
    return sqlite::drop_constraints_of(table, column, id);
  }
  std::vector<Step> rebuild_steps(const Table& table, const Rebuild& rebuild, Phase phase) const override {
    return sqlite::rebuild_steps(table, rebuild, phase);
  }
  Table rebuilt(const Table& table, const Rebuild& rebuild) const override {
    return sqlite::rebuilt(table, rebuild);
  }
  Table without_constraint(const Table& table, const Constraint& constraint) const override {
    return sqlite::without_constraint(table, constraint);
  }
  std::string rebuild_obstacle(const Table& table, const Rebuild& rebuild) const override {
    return sqlite::rebuild_obstacle(table, rebuild);
  }

  Piece create_sync(const Sync& sync) const override { return sqlite::create_sync(sync); }
  Piece drop_sync(const Sync& sync) const override { return sqlite::drop_sync(sync); }
  Piece fill_notes(const Sync& sync) const override { return sqlite::fill_notes(sync); }
  Piece drop_fill_notes(const Sync& sync) const override { return sqlite::drop_fill_notes(sync); }
  std::vector<Counter> counters(const Sync& sync) const override { return sqlite::counters(sync); }
  std::vector<Guard> guards(const Sync& sync) const override { return sqlite::guards(sync); }
  std::string sync_obstacle(const Sync& sync) const override { return sqlite::sync_obstacle(sync); }

  Piece create_cross_sync(const CrossSync& sync) const override { return sqlite::create_cross_sync(sync); }
  Piece drop_cross_sync(const CrossSync& sync) const override { return sqlite::drop_cross_sync(sync); }
  std::vector<Counter> counters(const CrossSync& sync) const override { return sqlite::counters(sync); }
  std::vector<Guard> guards(const CrossSync& sync) const override { return sqlite::guards(sync); }
  std::string sync_obstacle(const CrossSync& sync) const override { return sqlite::sync_obstacle(sync); }
  RangeWork fill_target(const CrossSync& sync) const override { return sqlite::fill_target(sync); }
  RangeWork create_target_rows(const CrossSync& sync) const override {
    return sqlite::create_target_rows(sync);
  }
  RangeWork compare(const CrossSync& sync, bool strict) const override {
    return sqlite::compare(sync, strict);
  }
  std::string count_unlinked(const CrossSync& sync) const override { return sqlite::count_unlinked(sync); }
  Piece copy_table_grants(const RelationName&, const RelationName&) const override { return {}; }

  AsideTable aside(const Aside& aside) const override { return sqlite::aside(aside); }

  RangeWork backfill(const Sync& sync) const override { return sqlite::backfill(sync); }
  StatementFacts facts(std::string_view statement) const override { return sqlite::facts(statement); }
  void replay(std::span<const Statement> statements, Schema& schema) const override {
    sqlite::replay(statements, schema);
  }

  KeyRanges key_ranges(const Table& table, std::string_view qualifier) const override {
    return sqlite::key_ranges(table, qualifier);
  }
  RangeWork compare(const Sync& sync) const override { return sqlite::compare(sync); }
  RangeWork nulls(const Table& table, std::string_view column) const override {
    return sqlite::nulls(table, column);
  }
  RangeWork rows_where(const Table& table, const std::vector<std::string>& shown,
                       const std::string& condition) const override {
    return sqlite::rows_where(table, shown, condition);
  }

  Carry carry(const Succession& succession) const override { return sqlite::carry(succession); }
  Carry carry(const SuccessionGroup&) const override {
    throw std::logic_error("SQLite exchanges one column at a time");
  }
  Column successor_of(const Column& column, const std::string& name, const std::string& type) const override {
    return {.name = name, .type = type, .collation = column.collation};
  }
  std::optional<TypeEdit> type_edit(const Table& table, const Column& column,
                                    const std::string& type) const override {
    return sqlite::type_edit(table, column, type);
  }
  std::string type_name(const std::string& type) const override { return type; }
  /// Storing converts what can be converted without loss, and leaves the rest as it is.
  std::optional<std::string> cast(const std::string& column, const std::string&, const std::string&,
                                  bool) const override {
    return column;
  }
  std::vector<std::string> up_trial(const Sync&) const override { return {}; }
  std::optional<RangeWork> misfits(const Sync& sync) const override { return sqlite::misfits(sync); }
};
} // namespace
} // namespace sqlite

std::unique_ptr<SqlWriter> make_sqlite_writer() {
  return std::make_unique<sqlite::SqliteWriter>();
}

} // namespace afloat
