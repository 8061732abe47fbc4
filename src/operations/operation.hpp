#pragma once

#include "dialect/sql_writer.hpp"
#include "model/migration.hpp"
#include "model/plan.hpp"
#include "model/schema.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace afloat {

enum class FieldType { text, flag, text_list, text_or_list, records };

/// Where a piece of SQL that a person wrote will stand.
struct SqlPlace {
  std::string_view statement = {}; ///< an example, with {} in its place; empty: it cannot be tried alone
  bool list = false;               ///< it may be several, with commas between them
  bool postgres = false;           ///< SQLite has no such place, and the operation says so
};
constexpr SqlPlace k_expression{"SELECT ({})"};
constexpr SqlPlace k_column_type{"CREATE TABLE t (c {})"};
constexpr SqlPlace k_reference{"CREATE TABLE t (c int REFERENCES {})"};

/// One key of an operation in a migration file.
struct FieldRow {
  std::string_view name;
  FieldType type = FieldType::text;
  bool required = false;
  std::string_view meaning;              ///< one line for the reference page
  std::optional<SqlPlace> within = {};   ///< of a piece of SQL
  std::span<const FieldRow> record = {}; ///< the keys of each record, for FieldType::records
};

/// Which phases' effects on the schema are meant: in the window both shapes are there.
enum class Shape { window, complete };

struct OperationContext {
  const Schema& before;
  const SqlWriter& sql;
  std::int64_t version = 0;
  std::string label;         ///< "0001"
  int number = 1;            ///< of the operation in its migration, from 1
  bool newer_syntax = false; ///< let through what our parser cannot read
};

/// What an operation asks for: steps without ids, in order of phases.
struct OperationPlan {
  std::vector<Step> steps;
  std::vector<std::string> notes;
  std::vector<std::string> touches, reads;
  std::vector<Counter> counters;
  std::vector<AtticEntry> attic;
  std::vector<Loss> losses, revert_losses;
  std::vector<std::string> no_revert;
  std::vector<Guard> guards;
  std::vector<ColumnName> doomed;
  std::vector<std::string> contract_obstacles;
};

/// One operation: pure functions of (spec, schema before, dialect). `tables` names what must be inspected
/// before it can be planned; `mentions`, if it is there, what else is worth a look when the plan is shown.
/// `plan` throws Error invalid_migration (with the field's position) for what does not fit the schema.
/// `apply` changes the schema to what it is afterwards; `exact` tells whether that is all that happens to it
/// (false for `sql`).
struct OperationRow {
  std::string_view name, summary;
  std::span<const FieldRow> fields;
  std::vector<RelationName> (*tables)(const OperationSpec&, const SqlWriter&);
  OperationPlan (*plan)(const OperationSpec&, const OperationContext&);
  void (*apply)(const OperationSpec&, const OperationContext&, Schema&, Shape);
  bool exact = true;
  std::vector<RelationName> (*mentions)(const OperationSpec&, const SqlWriter&) = nullptr;
  bool follows_keys = false; ///< works also on the tables whose foreign keys point at `tables`, and so on
  /// Other tables that it works on, as the schema tells when `tables` are known.
  std::vector<RelationName> (*follows)(const OperationSpec&, const Schema&, const SqlWriter&) = nullptr;
};

/// All operations, by name. Adding one: its file, its row, a docs page, an example, a test.
std::span<const OperationRow> operation_rows();
const OperationRow* find_operation(std::string_view name);

} // namespace afloat
