#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

// SQLite binds everything by name, from text. So the swap does not rename: it edits the text of the table,
// where the successor's definition gets the name and the clauses of the column's, and views, triggers,
// constraints and foreign keys mean it from then on. Only an index holds values: the trees of the column's
// index and of its twin, which was built beforehand, are exchanged (sqlite_schema.rootpage), and the twin is
// dropped with the old tree.
namespace afloat::sqlite {
namespace {
struct Twin {
  Index of, twin, in_attic; ///< in_attic: what the twin's text says when it holds the old tree
};

std::string renamed(std::string_view expression, const Succession& s, const std::string& to) {
  return replace_columns(expression, s.table.name.name,
                         [&](std::string_view name) -> std::optional<std::string> {
                           return same_name(name, s.from) ? std::optional(identifier(to)) : std::nullopt;
                         });
}

Index with_column(Index index, const Succession& s, const std::string& to) {
  index.name = fmt::format("afloat_{}_{}", s.id, index.name);
  for (IndexPart& part : index.parts) {
    if (same_name(part.column, s.from)) part.column = to;
    part.expression = renamed(part.expression, s, to);
  }
  index.predicate = renamed(index.predicate, s, to);
  index.constraint.clear();
  index.primary = false;
  return index;
}

bool uses(const Index& index, const Succession& s) {
  return std::ranges::any_of(index.parts,
                             [&](const IndexPart& part) {
                               return same_name(part.column, s.from)
                                      || mentions(part.expression, s.table.name.name, s.from);
                             })
         || mentions(index.predicate, s.table.name.name, s.from);
}

std::vector<Twin> twins_of(const Succession& s) {
  std::vector<Twin> twins;
  for (const Index& index : s.table.indexes)
    if (!is_own_name(index.name) && uses(index, s))
      twins.push_back({index, with_column(index, s, s.successor.name), with_column(index, s, s.attic)});
  return twins;
}

bool in_text(const Succession& s, const Constraint& constraint) {
  return std::ranges::any_of(constraint.columns,
                             [&](const std::string& name) { return same_name(name, s.from); });
}

/// The number of an automatic index counts the UNIQUE and PRIMARY KEY clauses from the start of the text:
/// where one moves past another with its column, the two would take each other's tree.
bool renumbers(const Succession& s) {
  const auto is_key = [](const Constraint& constraint) {
    return constraint.kind == ConstraintKind::unique || constraint.kind == ConstraintKind::primary_key;
  };
  const auto keys =
      std::ranges::count_if(s.table.indexes, [](const Index& index) { return !index.constraint.empty(); });
  const bool of_column = std::ranges::any_of(s.table.constraints, [&](const Constraint& constraint) {
    return is_key(constraint) && in_text(s, constraint)
           && constraint.definition.find('(') == std::string::npos;
  });
  return of_column && keys > 1;
}

std::string refusal(const Succession& s) {
  const std::string subject = fmt::format("{}.{}", s.table.name.name, s.from);
  const auto key = std::ranges::find_if(s.table.primary_key,
                                        [&](const std::string& name) { return same_name(name, s.from); });
  if (key != s.table.primary_key.end())
    return fmt::format("{} is part of the primary key, which is not supported on SQLite", subject);
  const bool unique = std::ranges::any_of(s.table.indexes,
                                          [&](const Index& index) { return index.unique && uses(index, s); });
  if (unique && !s.table.referenced_by.empty())
    return fmt::format("{} is unique, and {} has foreign keys to this table", subject,
                       display(s.table.referenced_by.front()));
  for (const Column& column : s.table.columns)
    if (!column.generated.empty() && mentions(column.generated, s.table.name.name, s.from))
      return fmt::format("the generated column {} is computed from {}", column.name, subject);
  if (s.name == s.from && renumbers(s))
    return fmt::format("{} has a UNIQUE in its own definition, beside another key of the table", subject);
  if (s.name != s.from)
    for (const Constraint& constraint : s.table.constraints)
      if (in_text(s, constraint))
        return fmt::format("{} is part of \"{}\", which SQLite cannot take away without rebuilding the table",
                           subject, one_line(constraint.definition, 80));
  return {};
}

std::string assertion(const std::string& query, const std::string& message) {
  return fmt::format("SELECT afloat_assert(NOT EXISTS ({}), {})", query, literal(message));
}

/// The constraints that the name will mean: nobody has looked yet whether the successor keeps them.
void append_assertions(const Succession& s, std::vector<Statement>& statements) {
  const std::string table = relation(s.table), column = identifier(s.successor.name);
  const std::string subject = fmt::format("{}.{}", s.table.name.name, s.successor.name);
  if (s.not_null)
    statements.emplace_back(assertion(fmt::format("SELECT 1 FROM {} WHERE {} IS NULL", table, column),
                                      subject + " is NULL in some rows"));
  for (const Constraint& constraint : s.table.constraints)
    if (constraint.kind == ConstraintKind::check && in_text(s, constraint)) {
      const std::size_t open = constraint.definition.find('('), close = constraint.definition.rfind(')');
      const std::string condition =
          renamed(constraint.definition.substr(open, close + 1 - open), s, s.successor.name);
      statements.emplace_back(assertion(fmt::format("SELECT 1 FROM {} WHERE NOT {}", table, condition),
                                        fmt::format("{} does not keep {}", subject, constraint.definition)));
    }
}

void append_exchange(const Succession& s, const std::vector<Twin>& twins, std::vector<Statement>& edits) {
  edits.push_back(
      edit_of("table", s.table.name.name,
              fmt::format("afloat_succeed_column(sql, {}, {}, {}, {})", literal(s.from), literal(s.attic),
                          literal(s.successor.name), literal(s.keep_default ? "keep default" : ""))));
  const std::optional<std::string>& before = s.table.find_column(s.from)->default_sql;
  const auto place =
      s.back && !s.table.create_sql.empty() ? find_default(s.table.create_sql, s.name) : std::nullopt;
  if (place) // exactly as it stood
    edits.push_back(edit_of("table", s.table.name.name,
                            fmt::format("afloat_put_default(afloat_drop_default(sql, {0}), {0}, {1}, {2})",
                                        literal(s.from), literal(place->text), place->behind)));
  else if (s.default_sql && s.default_sql != before)
    edits.push_back(edit_of("table", s.table.name.name,
                            fmt::format("afloat_add_default(afloat_drop_default(sql, {0}), {0}, {1})",
                                        literal(s.from), literal(*s.default_sql))));
  for (const Twin& twin : twins) {
    const std::string both =
        fmt::format("type = 'index' AND name IN ({}, {})", literal(twin.of.name), literal(twin.twin.name));
    edits.emplace_back(
        fmt::format("UPDATE sqlite_schema SET rootpage = (SELECT sum(rootpage) FROM sqlite_schema "
                    "WHERE {0}) - rootpage WHERE {0}",
                    both),
        2);
    edits.push_back(edit_of("index", twin.twin.name, literal(index_sql(s.table, twin.in_attic))));
  }
}

/// The successor keeps its name, or on the way back gets that of the column that comes from the attic:
/// indexes of the same names serve it.
void append_hiding(const Succession& s, const std::vector<Twin>& twins, std::vector<Statement>& statements) {
  for (const Twin& twin : twins) statements.emplace_back("DROP INDEX " + identifier(twin.of.name));
  const auto rename = [&](const std::string& from, const std::string& to) {
    if (from != to)
      statements.emplace_back(fmt::format("ALTER TABLE {} RENAME COLUMN {} TO {}", relation(s.table),
                                          identifier(from), identifier(to)));
  };
  rename(s.from, s.attic);
  rename(s.successor.name, s.name);
  std::vector<Statement> edits;
  for (const Twin& twin : twins) {
    Index named = with_column(twin.of, s, s.name);
    named.name = twin.of.name;
    edits.emplace_back(
        fmt::format("UPDATE sqlite_schema SET name = {}, sql = {} WHERE type = 'index' AND name = {}",
                    literal(named.name), literal(index_sql(s.table, named)), literal(twin.twin.name)),
        1);
  }
  if (s.not_null)
    edits.push_back(
        edit_of("table", s.table.name.name, fmt::format("afloat_add_not_null(sql, {})", literal(s.name))));
  if (s.default_sql && !s.back) // what comes from the attic has kept its own
    edits.push_back(
        edit_of("table", s.table.name.name,
                fmt::format("afloat_add_default(sql, {}, {})", literal(s.name), literal(*s.default_sql))));
  std::ranges::move(schema_edit(std::move(edits)), std::back_inserter(statements));
}

/// Such a trigger would follow the column to the attic, and not let it go from there.
std::string trigger_query(const Succession& s) {
  return fmt::format(
      "SELECT 'trigger ' || name || ' on ' || tbl_name || {} FROM sqlite_schema WHERE type = 'trigger' AND "
      "name NOT "
      "LIKE 'afloat~_%' ESCAPE '~' AND (tbl_name = {} COLLATE NOCASE OR afloat_names_table(sql, {})) AND "
      "afloat_names_column(sql, {}, {}) ORDER BY 1",
      literal(fmt::format(" names {}: let it use {} first", s.from, s.name)), literal(s.table.name.name),
      literal(s.table.name.name), literal(s.id), literal(s.from));
}

void append_kept_not_null(const Succession& s, std::vector<Statement>& statements) {
  const Column& column = *s.table.find_column(s.from);
  std::vector<Statement> edits;
  const auto edit = [&](std::string_view function) {
    edits.push_back(
        edit_of("table", s.table.name.name, fmt::format("{}(sql, {})", function, literal(s.from))));
  };
  // Relaxed at expand where there is no default; on the way back contract has made it so.
  if (column.not_null && (column.default_sql || s.back)) edit("afloat_drop_not_null");
  if (column.default_sql && s.back && !s.keep_default) edit("afloat_drop_default");
  if (!edits.empty()) std::ranges::move(schema_edit(std::move(edits)), std::back_inserter(statements));
}
} // namespace

Carry carry(const Succession& s) {
  Carry carry;
  carry.refusal = refusal(s);
  carry.hint = "Change it by hand in a migration of type sql. Nothing was changed.";
  if (!carry.refusal.empty()) return carry;
  const std::vector<Twin> twins = twins_of(s);
  const bool exchange = s.name == s.from;
  for (const Twin& twin : twins) {
    Piece piece;
    piece.statements.emplace_back(index_sql(s.table, twin.twin));
    piece.inverse.emplace_back("DROP INDEX " + identifier(twin.twin.name));
    piece.locks = file_lock(s.table);
    piece.scans = true;
    const bool late = exchange && twin.twin.unique;
    Step step =
        combine(late ? Phase::contract : Phase::backfill,
                fmt::format("create index {} on {}", twin.twin.name, s.table.name.name), {std::move(piece)});
    step.undo = "drops the index";
    (late ? carry.before : carry.beside).push_back(std::move(step));
    carry.remembered.push_back(twin.of.constraint.empty() ? index_sql(s.table, twin.of) : "UNIQUE");
  }
  if (s.not_null) carry.remembered.emplace_back("NOT NULL");
  Piece& swap = carry.swap;
  swap.locks = file_lock(s.table);
  swap.scans = s.not_null || exchange;
  append_assertions(s, swap.statements);
  if (!exchange) {
    carry.obstacles = {trigger_query(s)};
    append_kept_not_null(s, swap.statements);
    append_hiding(s, twins, swap.statements);
    return carry;
  }
  std::vector<Statement> edits;
  append_exchange(s, twins, edits);
  std::ranges::move(schema_edit(std::move(edits)), std::back_inserter(swap.statements));
  for (const Twin& twin : twins) swap.statements.emplace_back("DROP INDEX " + identifier(twin.twin.name));
  const bool refers = std::ranges::any_of(s.table.constraints, [&](const Constraint& constraint) {
    return constraint.kind == ConstraintKind::foreign_key && in_text(s, constraint);
  });
  if (refers)
    swap.statements.emplace_back(
        assertion(fmt::format("SELECT 1 FROM pragma_foreign_key_check({})", literal(s.table.name.name)),
                  fmt::format("rows of {} refer to nothing with the new type", s.table.name.name)));
  return carry;
}

} // namespace afloat::sqlite
