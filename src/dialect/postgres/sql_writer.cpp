#include "dialect/postgres/sql_writer.hpp"

#include "dialect/postgres/expressions.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/server_words.hpp"
#include "model/settings.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace afloat {
namespace {
using postgres::in_quotes;

std::vector<TableLock> exclusive(const RelationName& table) {
  return {{table, LockLevel::access_exclusive}};
}

std::string alter(const Table& table, std::string_view action) {
  return fmt::format("ALTER TABLE {} {}", in_quotes(table.name), action);
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::vector<std::string> all;
  for (const std::string& name : names) all.push_back(in_quotes(name));
  return join(all, ", ");
}

std::string column_definition(const Column& column, std::string_view kept = "STORED") {
  std::string text = in_quotes(column.name) + " " + column.type;
  if (!column.collation.empty()) text += " COLLATE " + column.collation;
  if (!column.generated.empty())
    text += fmt::format(" GENERATED ALWAYS AS ({}) {}", column.generated, kept);
  else if (!column.identity.empty())
    text += fmt::format(" GENERATED {} AS IDENTITY", column.identity);
  else if (column.default_sql && (*column.default_sql != "NULL" || !postgres::is_servers_type(column.type)))
    text += " DEFAULT " + *column.default_sql; // NULL: a domain may have another one
  if (column.not_null) text += " NOT NULL";
  return text;
}

/// What gives the column the default that it has, which its type may have for it.
std::string own_default(const Column* column) {
  if (column && column->default_of == DefaultOf::null) return " SET DEFAULT NULL";
  const bool own = column && column->default_of == DefaultOf::column && column->default_sql;
  return own ? " SET DEFAULT " + *column->default_sql : " DROP DEFAULT";
}

std::string comment_on(const Table& table, std::string_view column, std::string_view comment) {
  return fmt::format("COMMENT ON COLUMN {}.{} IS {}", in_quotes(table.name), in_quotes(column),
                     postgres::literal(comment));
}

/// Comment, storage and statistics target of `from`, given to the column `to`.
void append_settings(const Table& table, const Column& from, std::string_view to,
                     std::vector<Statement>& statements) {
  if (!from.comment.empty()) statements.emplace_back(comment_on(table, to, from.comment));
  if (from.statistics_target >= 0)
    statements.emplace_back(alter(
        table, fmt::format("ALTER COLUMN {} SET STATISTICS {}", in_quotes(to), from.statistics_target)));
  if (!from.storage.empty())
    statements.emplace_back(
        alter(table, fmt::format("ALTER COLUMN {} SET STORAGE {}", in_quotes(to), from.storage)));
}

/// What a role gives it can take back later, and nobody else's GRANT is undone by that: so who gave what
/// stays the same. GRANTED BY takes no role but the current one (14 to 18). Whoever runs this, perhaps as
/// another role than the plan was made by, and may not become the grantor, gives it as the owner.
Statement granted_by(const Grant& grant, const Table& table, std::string_view column,
                     const std::string& statement) {
  std::string text(embedded_sql("postgres/granted_by.sql"));
  text = replaced(std::move(text), "{grantor}", postgres::literal(grant.grantor));
  text = replaced(std::move(text), "{table}", postgres::literal(in_quotes(table.name)));
  text = replaced(std::move(text), "{column}", postgres::literal(column));
  text = replaced(std::move(text), "{privilege}", postgres::literal(grant.privilege + " WITH GRANT OPTION"));
  return "DO " + postgres::literal(replaced(std::move(text), "{grant}", statement));
}

/// Whoever gives a right must have got it before.
std::vector<Grant> in_order(std::vector<Grant> grants) {
  const auto can_be_given = [](const Grant& grant) { return !grant.may_act; };
  auto next = std::ranges::stable_partition(grants, can_be_given).begin();
  for (auto done = grants.begin(); next != grants.end() && done != next; ++done)
    next = std::stable_partition(next, grants.end(), [&](const Grant& grant) {
      return done->grantable && done->privilege == grant.privilege && done->grantee == grant.grantor;
    });
  return grants;
}

void append_grants(const Table& table, const Column& from, std::string_view to,
                   std::vector<Statement>& statements) {
  for (const Grant& grant : in_order(from.grants)) {
    const std::string statement = fmt::format(
        "GRANT {} ({}) ON TABLE {} TO {}{}", grant.privilege, in_quotes(to), in_quotes(table.name),
        grant.grantee == "PUBLIC" ? grant.grantee : in_quotes(grant.grantee),
        grant.grantable ? " WITH GRANT OPTION" : "");
    statements.push_back(grant.may_act ? granted_by(grant, table, to, statement) : Statement(statement));
  }
}

/// A new column's values are computed for every row when its default is not the same for all of them.
bool rewrites_table(const Column& column) {
  if (!column.identity.empty()) return true;
  return column.default_sql && !column.default_is_constant
         && !postgres::is_stable_default(*column.default_sql);
}

/// Does not scan where a valid check proves it.
Step set_not_null(const Table& table, std::string_view column, Phase phase, const std::string& drop_check) {
  Step step{.phase = phase,
            .title = fmt::format("make {}.{} NOT NULL", table.name.name, column),
            .locks = exclusive(table.name)};
  step.statements = {alter(table, fmt::format("ALTER COLUMN {} SET NOT NULL", in_quotes(column)))};
  if (!drop_check.empty()) step.statements.emplace_back(drop_check);
  step.inverse = {alter(table, fmt::format("ALTER COLUMN {} DROP NOT NULL", in_quotes(column)))};
  step.undo = "NOT NULL is dropped";
  return step;
}

class PostgresWriter final : public SqlWriter {
 public:
  explicit PostgresWriter(int server_version) : m_server_version(server_version) {}

  Dialect dialect() const override { return Dialect::postgres; }
  std::string identifier(std::string_view name) const override { return in_quotes(name); }
  std::string literal(std::string_view text) const override { return postgres::literal(text); }
  std::string fitting_name(std::string_view stem) const override { return postgres::fitting_name(stem); }

  Piece create_table(const Table& table) const override {
    std::vector<std::string> lines;
    Piece piece{.locks = exclusive(table.name)};
    for (const Column& column : table.columns) lines.push_back(column_definition(column));
    bool has_key = false;
    for (const Constraint& constraint : table.constraints) {
      has_key |= constraint.kind == ConstraintKind::primary_key;
      lines.push_back(
          (constraint.name.empty() ? "" : fmt::format("CONSTRAINT {} ", in_quotes(constraint.name)))
          + constraint.definition);
      if (constraint.kind == ConstraintKind::foreign_key && constraint.references != table.name)
        piece.locks.push_back({constraint.references, LockLevel::share_row_exclusive});
    }
    if (!has_key && !table.primary_key.empty())
      lines.push_back(fmt::format("PRIMARY KEY ({})", quoted_list(table.primary_key)));
    piece.statements.emplace_back(
        fmt::format("CREATE TABLE {} (\n  {}\n)", in_quotes(table.name), join(lines, ",\n  ")));
    for (const Column& column : table.columns) {
      append_settings(table, column, column.name, piece.statements);
      append_grants(table, column, column.name, piece.statements);
    }
    piece.inverse.emplace_back(fmt::format("DROP TABLE IF EXISTS {}", in_quotes(table.name)));
    return piece;
  }

  Piece add_column(const Table& table, const Column& column) const override {
    Piece piece{.locks = exclusive(table.name), .rewrites = rewrites_table(column)};
    piece.scans = piece.rewrites || (column.not_null && !column.default_sql);
    piece.statements.emplace_back(alter(table, "ADD COLUMN " + column_definition(column, "VIRTUAL")));
    append_settings(table, column, column.name, piece.statements);
    append_grants(table, column, column.name, piece.statements);
    piece.inverse.emplace_back(alter(table, "DROP COLUMN IF EXISTS " + in_quotes(column.name)));
    return piece;
  }

  Piece set_default(const Table& table, std::string_view column, std::string_view expression) const override {
    const std::string target = "ALTER COLUMN " + in_quotes(column);
    Piece piece{.statements = {alter(table, fmt::format("{} SET DEFAULT {}", target, expression))},
                .inverse = {alter(table, target + own_default(table.find_column(column)))},
                .locks = exclusive(table.name)};
    std::ranges::move(own_defaults_of(table, column), std::back_inserter(piece.inverse));
    return piece;
  }

  Piece drop_default(const Table& table, std::string_view column) const override {
    const Column* known = table.find_column(column);
    const std::string target = "ALTER COLUMN " + in_quotes(column);
    const bool may_be_domain = known && !postgres::is_servers_type(known->type);
    Piece piece{
        .statements = {alter(table, target + (may_be_domain ? " SET DEFAULT NULL" : " DROP DEFAULT"))},
        .locks = exclusive(table.name)};
    if (known && known->default_sql) piece.inverse = {alter(table, target + own_default(known))};
    std::ranges::move(own_defaults_of(table, column), std::back_inserter(piece.inverse));
    return piece;
  }

  std::vector<std::string> default_trial(const Table&, const Column& column,
                                         std::string_view expression) const override {
    std::vector<std::string> statements{fmt::format("CREATE TEMPORARY TABLE afloat_trial ({} {} DEFAULT {})",
                                                    in_quotes(column.name), column.type, expression)};
    // Only a value tells whether it is too long for the type; a call may count something up.
    if (postgres::is_constant(expression))
      statements.push_back(fmt::format("INSERT INTO pg_temp.afloat_trial VALUES ({})", expression));
    statements.emplace_back("DROP TABLE pg_temp.afloat_trial");
    return statements;
  }

  std::optional<RangeWork> store_default(const Table&, const Column&,
                                         const std::optional<std::string>&) const override {
    return std::nullopt; // ADD COLUMN keeps the value for the rows that were there
  }

  std::vector<RelationName> tables_of_enum(const Schema& schema, const Column& column) const override {
    return postgres::tables_of_enum(schema, column);
  }
  EnumRemoval remove_enum_value(const Schema& schema, const Table& table, const Column& column,
                                const std::string& value, const std::string& becomes, const std::string& id,
                                std::int64_t version) const override {
    return postgres::remove_enum_value(schema, table, column, value, becomes, id, version);
  }
  EnumChange add_enum_value(const Table& table, const Column& column,
                            const std::vector<TypeDefinition>& types, const EnumValue& value) const override {
    return postgres::add_enum_value(table, column, types, value);
  }

  Piece drop_column(const Table& table, std::string_view column) const override {
    return {.statements = {alter(table, "DROP COLUMN IF EXISTS " + in_quotes(column))},
            .locks = exclusive(table.name)};
  }

  Piece rename_column(const Table& table, std::string_view from, std::string_view to) const override {
    return {
        .statements = {alter(table, fmt::format("RENAME COLUMN {} TO {}", in_quotes(from), in_quotes(to)))},
        .inverse = {alter(table, fmt::format("RENAME COLUMN {} TO {}", in_quotes(to), in_quotes(from)))},
        .locks = exclusive(table.name)};
  }

  Piece copy_properties(const Table& table, const Column& from, std::string_view to) const override {
    Piece piece;
    append_settings(table, from, to, piece.statements);
    append_grants(table, from, to, piece.statements);
    // SET STORAGE is the strongest of them; a comment or a grant alone takes less.
    if (!from.storage.empty())
      piece.locks = exclusive(table.name);
    else if (!piece.statements.empty())
      piece.locks = {{table.name, LockLevel::share_update_exclusive}};
    return piece;
  }

  Piece relax_not_null(const Table& table, std::string_view column) const override {
    return {.statements = {alter(table, fmt::format("ALTER COLUMN {} DROP NOT NULL", in_quotes(column)))},
            .inverse = {alter(table, fmt::format("ALTER COLUMN {} SET NOT NULL", in_quotes(column)))},
            .locks = exclusive(table.name)};
  }

  Piece restore_not_null(const Table& table, std::string_view column) const override {
    return {.statements = {alter(table, fmt::format("ALTER COLUMN {} SET NOT NULL", in_quotes(column)))},
            .inverse = {alter(table, fmt::format("ALTER COLUMN {} DROP NOT NULL", in_quotes(column)))},
            .locks = exclusive(table.name),
            .scans = true};
  }

  std::vector<Step> not_null_steps(const Table& table, std::string_view column, Phase phase) const override {
    if (postgres::proves_not_null(table, column)) return {set_not_null(table, column, phase, "")};
    const std::string name =
        in_quotes(postgres::fitting_name(fmt::format("afloat_{}_{}_not_null", table.name.name, column)));
    const std::string subject = table.name.name + "." + std::string(column);
    const std::string drop_check = alter(table, fmt::format("DROP CONSTRAINT IF EXISTS {}", name));

    Step add{.phase = phase,
             .title = "check new values of " + subject + " for NULL",
             .locks = exclusive(table.name)};
    add.statements = {alter(
        table, fmt::format("ADD CONSTRAINT {} CHECK ({} IS NOT NULL) NOT VALID", name, in_quotes(column)))};
    add.inverse = {drop_check};
    add.undo = "the check is dropped";

    Step validate{.phase = phase, .title = "check all rows of " + subject + " for NULL", .scans = true};
    validate.locks = {{table.name, LockLevel::share_update_exclusive}};
    validate.statements = {alter(table, fmt::format("VALIDATE CONSTRAINT {}", name))};
    validate.undo = "nothing to undo";

    return {std::move(add), std::move(validate), set_not_null(table, column, phase, drop_check)};
  }

  Piece keep_view_columns(const std::vector<View>&, const Table&, std::string_view) const override {
    return {};
  }

  Piece rename_table(const Table& table, const std::string& to) const override {
    return postgres::rename_table(table, to);
  }
  Piece drop_table(const RelationName& table) const override { return postgres::drop_table(table); }
  TwoNames two_names(const Table& table, const std::string& to, const std::string& id) const override {
    return postgres::two_names(table, to, id, m_server_version);
  }
  Piece drop_foreign_keys(const Table& table) const override { return postgres::drop_foreign_keys(table); }
  std::vector<std::string> table_users(const RelationName& table) const override {
    return postgres::table_users(table);
  }
  std::vector<std::string> column_users(const Table& table, std::string_view column) const override {
    return postgres::column_users(table, column);
  }

  Step create_index(const Table& table, const Index& index) const override {
    return postgres::create_index(table, index);
  }
  std::vector<Step> create_index_steps(const Table& table, const Index& index) const override {
    return postgres::create_index_steps(table, index);
  }
  Piece drop_index(const Table& table, const Index& index) const override {
    return postgres::drop_index(table, index);
  }

  Step drop_index_step(const Table& table, const Index& index) const override {
    return postgres::drop_index_step(table, index);
  }

  Piece drop_constraint(const Table& table, const Constraint& constraint) const override {
    return postgres::drop_constraint(table, constraint);
  }

  std::vector<Step> constraint_steps(const Table& table, const Constraint& constraint, std::string_view,
                                     Phase phase) const override {
    return postgres::constraint_steps(table, constraint, phase);
  }
  std::vector<Step> key_steps(const Table& table, const Index& index, const Constraint& constraint,
                              Phase phase) const override {
    return postgres::key_steps(table, index, constraint, phase);
  }
  std::vector<std::string> constraint_trial(const Table& table, const Constraint& constraint,
                                            const Table* target) const override {
    return postgres::constraint_trial(table, constraint, target);
  }
  std::vector<Step> drop_constraint_steps(const Table& table, const Constraint& constraint,
                                          std::string_view) const override {
    return postgres::drop_constraint_steps(table, constraint);
  }
  std::optional<RangeWork> constraint_users(const Table& table, const Constraint& constraint) const override {
    return postgres::constraint_users(table, constraint);
  }

  Piece create_sync(const Sync& sync) const override { return postgres::create_sync(sync); }
  Piece drop_sync(const Sync& sync) const override { return postgres::drop_sync(sync); }
  std::vector<Counter> counters(const Sync& sync) const override { return postgres::counters(sync); }
  std::vector<Guard> guards(const Sync& sync) const override { return postgres::guards(sync); }
  std::string sync_obstacle(const Sync& sync) const override { return postgres::sync_obstacle(sync); }

  Piece fill_notes(const Sync& sync) const override { return postgres::fill_notes(sync); }
  Piece drop_fill_notes(const Sync& sync) const override { return postgres::drop_fill_notes(sync); }

  Piece create_cross_sync(const CrossSync& sync) const override { return postgres::create_cross_sync(sync); }
  Piece drop_cross_sync(const CrossSync& sync) const override { return postgres::drop_cross_sync(sync); }
  std::vector<Counter> counters(const CrossSync& sync) const override { return postgres::counters(sync); }
  std::vector<Guard> guards(const CrossSync& sync) const override { return postgres::guards(sync); }
  std::string sync_obstacle(const CrossSync& sync) const override { return postgres::sync_obstacle(sync); }
  RangeWork fill_target(const CrossSync& sync) const override { return postgres::fill_target(sync); }
  RangeWork create_target_rows(const CrossSync& sync) const override {
    return postgres::create_target_rows(sync);
  }
  RangeWork compare(const CrossSync& sync, bool strict) const override {
    return postgres::compare(sync, strict);
  }
  std::string count_unlinked(const CrossSync& sync) const override { return postgres::count_unlinked(sync); }
  Piece copy_table_grants(const RelationName& from, const RelationName& to) const override {
    return postgres::copy_table_grants(from, to);
  }

  AsideTable aside(const Aside& aside) const override { return postgres::aside(aside); }
  AsideTable aside_sides(const Sync& window, const Sync& attic) const override {
    return postgres::aside_sides(window, attic);
  }

  RangeWork backfill(const Sync& sync) const override { return postgres::backfill(sync); }
  StatementFacts facts(std::string_view statement) const override { return postgres::facts(statement); }
  void replay(std::span<const Statement> statements, Schema& schema) const override {
    postgres::replay(statements, schema);
  }

  KeyRanges key_ranges(const Table& table, std::string_view qualifier) const override {
    return postgres::key_ranges(table, qualifier);
  }
  RangeWork compare(const Sync& sync) const override { return postgres::compare(sync); }
  RangeWork nulls(const Table& table, std::string_view column) const override {
    return postgres::nulls(table, column);
  }
  RangeWork rows_where(const Table& table, const std::vector<std::string>& shown,
                       const std::string& condition) const override {
    return postgres::rows_where(table, shown, condition);
  }

  Carry carry(const Succession& succession) const override {
    return postgres::carry(SuccessionGroup{{succession}, {}}, m_server_version);
  }
  Carry carry(const SuccessionGroup& group) const override {
    return postgres::carry(group, m_server_version);
  }
  Column successor_of(const Column& column, const std::string& name, const std::string& type) const override {
    return postgres::successor_of(column, name, type);
  }
  std::optional<TypeEdit> type_edit(const Table& table, const Column& column,
                                    const std::string& type) const override {
    return postgres::type_edit(table, column, type);
  }
  std::string type_name(const std::string& type) const override { return postgres::type_name(type); }
  std::optional<std::string> cast(const std::string& column, const std::string& from, const std::string& to,
                                  bool any) const override {
    return postgres::cast(column, from, to, any);
  }
  std::vector<std::string> up_trial(const Sync& sync) const override { return postgres::up_trial(sync); }
  std::optional<RangeWork> misfits(const Sync&) const override { return std::nullopt; }

 private:
  int m_server_version;
};
} // namespace

std::unique_ptr<SqlWriter> make_postgres_writer(int server_version) {
  return std::make_unique<PostgresWriter>(server_version);
}

} // namespace afloat
