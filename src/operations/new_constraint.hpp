#pragma once

#include "operations/common.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the operations share that add a constraint. One that may reject what the old release writes is
/// enforced at contract; with `enforce = "expand"` the author says that the old release complies already.
namespace afloat {

/// The fields `name` and `enforce`, which all of them have.
constexpr FieldRow k_constraint_name_field{
    "name", FieldType::text, false, "Name of the constraint; if left out, the one that PostgreSQL chooses"};
constexpr FieldRow k_enforce_field{
    "enforce", FieldType::text, false,
    "`contract` (if left out): until then writes of the old release may break it. `expand`: they never do"};

/// The phase in which it is enforced. Refuses another word.
Phase enforced_in(const OperationSpec& spec, const OperationContext& context);

/// The columns of the list `field`, each of the table and given once.
std::vector<std::string> key_columns(const OperationSpec& spec, const OperationContext& context,
                                     const Table& table, std::string_view field = "columns");

/// The name that was given, if the table has no such constraint or index yet; else the one that PostgreSQL
/// would choose for `constraint`, on both databases. `label`: what such a name ends in on SQLite, such as
/// "check".
std::string chosen_name(const OperationSpec& spec, const OperationContext& context, const Table& table,
                        const Constraint& constraint, std::string_view label);

/// A constraint on its way.
struct NewConstraint {
  const Table& table;
  Constraint constraint;
  Phase phase = Phase::contract;
  std::vector<Step> looks; ///< checks that must find nothing, before anything and again at contract
  std::string condition;   ///< of rows that pass, as far as a row alone tells: its breaches are counted
  std::vector<Step> steps; ///< that add it
};

/// The checks; the counter until contract, where there is a condition; the steps; and what all of them touch.
OperationPlan plan_of(NewConstraint adding, const OperationContext& context);

/// PostgreSQL: by replaying the statement. SQLite: in the model, with the edit of the table's text in
/// `steps`, for what is no index.
void apply_constraint(const Table& table, const Constraint& constraint, const OperationContext& context,
                      Schema& schema);

/// "("a", "b")"
std::string column_list(const std::vector<std::string>& columns, const SqlWriter& sql);
/// " DEFERRABLE INITIALLY DEFERRED" from the fields `deferrable` and `initially_deferred`.
std::string timing(const OperationSpec& spec, const OperationContext& context);

/// The condition of rows of a table that a foreign key would reject, as SqlWriter::rows_where takes it.
struct References {
  std::vector<std::string> columns; ///< of the table
  RelationName target;
  std::vector<std::string> target_columns;
  bool match_full = false;
};
/// Of a foreign key, by its words; without target columns where it does not name them.
References references_of(const Constraint& constraint);
std::string orphans(const Table& table, const References& references, const SqlWriter& sql);

} // namespace afloat
