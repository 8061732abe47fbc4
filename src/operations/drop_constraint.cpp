#include "operations/duplicates.hpp"
#include "operations/new_constraint.hpp"
#include "operations/row_identity.hpp"
#include "operations/rows.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

// The new release may write what the constraint rejects as soon as it runs, so it goes at expand. Going back
// needs it again, which fails while rows break it: those are counted before anything is changed.
namespace afloat {
namespace {
using Tokens = std::vector<Token>;

struct Doomed {
  const Table& table;
  Constraint constraint;
  const Index* index = nullptr; ///< of UNIQUE and PRIMARY KEY
};

/// Without what stands between the words.
Tokens words_of(std::string_view sql) {
  Tokens words = tokenize(sql);
  std::erase_if(words, [](const Token& token) { return token.kind == TokenKind::space; });
  return words;
}

bool same_words(std::string_view one, std::string_view other) {
  return std::ranges::equal(words_of(one), words_of(other), [](const Token& a, const Token& b) {
    return a.kind == TokenKind::word ? lower_case(a.text) == lower_case(b.text) : a.text == b.text;
  });
}

std::string called(const Constraint& constraint) {
  return constraint.name.empty() ? constraint.definition : constraint.name;
}

/// On SQLite a unique index is what add_unique makes.
std::vector<Constraint> droppable(const Table& table, Dialect dialect) {
  std::vector<Constraint> all = table.constraints;
  if (dialect != Dialect::sqlite) return all;
  for (const Index& index : table.indexes) {
    if (!index.unique || !index.constraint.empty()) continue;
    Constraint constraint;
    constraint.name = index.name;
    constraint.kind = ConstraintKind::unique;
    for (const IndexPart& part : index.parts)
      if (!part.column.empty()) constraint.columns.push_back(part.column);
    all.push_back(std::move(constraint));
  }
  return all;
}

[[noreturn]] void refuse_unknown(const OperationSpec& spec, const OperationContext& context,
                                 const Table& table, const std::vector<Constraint>& all) {
  const std::string name = text(spec.fields, "name");
  std::vector<std::string> names;
  for (const Constraint& constraint : all) names.push_back(called(constraint));
  const auto near = name.empty() ? std::nullopt : nearest(name, names);
  throw invalid(spec, context, name.empty() ? "definition" : "name",
                fmt::format("table \"{}\" has no constraint {}", display(table.name),
                            name.empty() ? text(spec.fields, "definition") : "\"" + name + "\""),
                (near            ? fmt::format("Did you mean \"{}\"? ", *near)
                 : names.empty() ? std::string("It has none. ")
                                 : fmt::format("It has: {}. ", join(names, ", ")))
                    + "Nothing was changed.");
}

Constraint wanted(const OperationSpec& spec, const OperationContext& context, const Table& table) {
  const std::string name = text(spec.fields, "name"), definition = text(spec.fields, "definition");
  const std::string column = text(spec.fields, "column");
  if (name.empty() == definition.empty())
    throw invalid(spec, context, "table", "the constraint is given by `name` or by `definition`, one of them",
                  "Nothing was changed.");
  const std::vector<Constraint> all = droppable(table, context.sql.dialect());
  std::vector<Constraint> found;
  for (const Constraint& constraint : all) {
    const bool same = name.empty() ? same_words(constraint.definition, definition)
                      : context.sql.dialect() == Dialect::sqlite
                          ? lower_case(constraint.name) == lower_case(name)
                          : constraint.name == name;
    if (same && (column.empty() || std::ranges::count(constraint.columns, column) > 0))
      found.push_back(constraint);
  }
  if (found.empty()) refuse_unknown(spec, context, table, all);
  if (found.size() > 1)
    throw invalid(spec, context, "definition",
                  fmt::format("{} constraints of {} say that", found.size(), display(table.name)),
                  "Tell them apart by `column`. Nothing was changed.");
  return found.front();
}

bool is_key(const Constraint& constraint) {
  return constraint.kind == ConstraintKind::unique || constraint.kind == ConstraintKind::primary_key;
}

/// On SQLite, where a unique index is a constraint, too.
bool in_text(const Constraint& constraint, const Table& table) {
  return std::ranges::count(table.constraints, constraint) > 0;
}

/// On SQLite: what a UNIQUE or PRIMARY KEY of the table's text is made of; null for the rowid.
const Index* index_of(const Constraint& constraint, const Table& table) {
  const auto same_column = [](const IndexPart& part, const std::string& column) {
    return lower_case(part.column) == lower_case(column);
  };
  for (const Index& index : table.indexes)
    if (!index.constraint.empty() && is_key(constraint)
        && std::ranges::equal(index.parts, constraint.columns, same_column))
      return &index;
  return nullptr;
}

Doomed doomed(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  Doomed what{table, wanted(spec, context, table)};
  const bool sqlite = context.sql.dialect() == Dialect::sqlite;
  if (sqlite && in_text(what.constraint, table))
    what.index = index_of(what.constraint, table);
  else
    for (const Index& index : table.indexes)
      if ((sqlite ? index.name : index.constraint) == what.constraint.name && !what.constraint.name.empty())
        what.index = &index;
  return what;
}

void refuse_key(const OperationSpec& spec, const OperationContext& context, const Doomed& what) {
  const Table& table = what.table;
  const std::string name = called(what.constraint);
  if (context.sql.dialect() == Dialect::sqlite) {
    const bool by_key = what.constraint.kind == ConstraintKind::primary_key && table.without_rowid;
    if (!what.index || by_key)
      throw invalid(spec, context, "table",
                    fmt::format("the rows of {} are stored by {}", display(table.name), name),
                    "Only a new table takes such a key away. Nothing was changed.");
    if (!table.referenced_by.empty() && what.index->predicate.empty())
      throw invalid(spec, context, "name",
                    fmt::format("\"{}\" is unique, and \"{}\" has foreign keys to this table", name,
                                display(table.referenced_by.front())),
                    "Drop the foreign key first if it points at these columns. Nothing was changed.");
    return;
  }
  if (table.partitioned)
    throw invalid(spec, context, "table",
                  fmt::format("{} is partitioned: the index of {} could not be built again without keeping "
                              "writers out",
                              display(table.name), name),
                  "Write it in an operation of type `sql`. Nothing was changed.");
  if (what.index) refuse_lost_identity(spec, context, "name", identity_lost_with(table, *what.index));
  if (what.constraint.kind == ConstraintKind::primary_key && !table.publications.empty())
    throw invalid(
        spec, context, "name",
        fmt::format("publication \"{}\" carries {}, and without its primary key every UPDATE and DELETE "
                    "would fail",
                    table.publications.front(), display(table.name)),
        "Give the table another REPLICA IDENTITY first and take it out of the publication, or keep the "
        "key. Nothing was changed.");
}

void refuse_undroppable(const OperationSpec& spec, const OperationContext& context, const Doomed& what) {
  const ConstraintKind kind = what.constraint.kind;
  if (is_own_name(what.constraint.name))
    throw invalid(spec, context, "name", fmt::format("\"{}\" belongs to afloat itself", what.constraint.name),
                  "It goes with its migration. Nothing was changed.");
  if (is_key(what.constraint)) return refuse_key(spec, context, what);
  if (kind != ConstraintKind::check && kind != ConstraintKind::foreign_key)
    throw invalid(
        spec, context, "name", fmt::format("{} is {}", called(what.constraint), what.constraint.definition),
        "Only CHECK, foreign keys, UNIQUE and PRIMARY KEY can be put back without keeping writers out. "
        "Nothing was changed.");
  if (context.sql.dialect() == Dialect::postgres && kind == ConstraintKind::foreign_key
      && what.table.partitioned && context.before.server_version < 180'000)
    throw invalid(
        spec, context, "table",
        fmt::format("{} is partitioned, and before PostgreSQL 18 its foreign key could not be put back "
                    "without reading all of it while both tables are locked",
                    display(what.table.name)),
        "Write it in an operation of type `sql`. Nothing was changed.");
}

/// The text between the first parenthesis and the one that closes it.
std::string inside_parentheses(std::string_view definition) {
  std::size_t at = 0, begin = 0;
  int depth = 0;
  for (const Token& token : tokenize(definition)) {
    if (token.text == "(" && depth++ == 0) begin = at + 1;
    if (token.text == ")" && --depth == 0) return std::string(definition.substr(begin, at - begin));
    at += token.text.size();
  }
  return {};
}

/// The condition of rows that it rejects; empty where a key is meant, or the other table's key is not known.
std::string rejected_by(const Doomed& what, const OperationContext& context) {
  if (what.constraint.kind == ConstraintKind::check)
    return fmt::format("NOT ({})", inside_parentheses(what.constraint.definition));
  if (what.constraint.kind != ConstraintKind::foreign_key) return {};
  References references = references_of(what.constraint);
  if (const Table* target = context.before.find(references.target);
      target && references.target_columns.empty())
    references.target_columns = target->primary_key;
  if (references.target_columns.size() != references.columns.size()) return {};
  // Both dialects of MATCH FULL are PostgreSQL's: SQLite pays no heed to it.
  references.match_full &= context.sql.dialect() == Dialect::postgres;
  return orphans(what.table, references, context.sql);
}

/// Rows that stand in the way of putting it back.
std::optional<Loss> loss_of(const Doomed& what, const std::string& rejected,
                            const OperationContext& context) {
  if (!what.constraint.validated) return std::nullopt;
  Loss loss;
  loss.what = fmt::format("{} of {}", called(what.constraint), display(what.table.name));
  loss.remedy = is_key(what.constraint) ? "Delete or change all but one of each first."
                                        : "Correct or delete these rows first.";
  if (what.index)
    loss.check = duplicates(what.table, *what.index, context.sql);
  else if (!rejected.empty())
    loss.check = context.sql.rows_where(what.table, what.constraint.columns, rejected);
  else
    return std::nullopt;
  loss.query = loss.check->count_left;
  return loss;
}

std::vector<std::string> notes_of(const Doomed& what) {
  const std::string name = called(what.constraint);
  std::vector<std::string> notes{fmt::format(
      "From expand on both releases can write what {} rejects: see that the old one can read that.", name)};
  if (what.constraint.validated)
    notes.push_back(
        "Going back is refused while there are such rows: their number and the first ones are shown.");
  if (is_key(what.constraint))
    notes.push_back(fmt::format(
        "Its index goes with it: queries that need it become slow, and ON CONFLICT on its "
        "columns fails. See that the old release does without, or make a plain index first "
        "(`create_index`).{}",
        what.constraint.kind == ConstraintKind::primary_key ? " The columns stay NOT NULL." : ""));
  return notes;
}

/// One without a name is told from others of its kind by its columns.
std::string subject_of(const Doomed& what) {
  const std::string subject = fmt::format("{}#{}", display(what.table.name), called(what.constraint));
  return what.constraint.name.empty() ? fmt::format("{} of {}", subject, join(what.constraint.columns, ", "))
                                      : subject;
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Doomed what = doomed(spec, context);
  refuse_placeholders(spec, context, what.table);
  refuse_undroppable(spec, context, what);
  OperationPlan plan;
  if (auto users = context.sql.constraint_users(what.table, what.constraint)) {
    plan.steps.push_back(range_step(Phase::expand, StepKind::check,
                                    fmt::format("look for what needs {}", called(what.constraint)),
                                    std::move(*users), what.table));
    plan.steps.back().scans = false;
    plan.steps.back().rows.reset();
  }
  const std::string rejected = rejected_by(what, context);
  for (Step& step : context.sql.drop_constraint_steps(what.table, what.constraint, rejected))
    plan.steps.push_back(std::move(step));
  plan.touches = {subject_of(what)};
  for (const std::string& column : what.constraint.columns) plan.reads.push_back(touched(what.table, column));
  if (auto loss = loss_of(what, rejected, context)) plan.losses.push_back(std::move(*loss));
  plan.notes = notes_of(what);
  return plan;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape) {
  const Doomed what = doomed(spec, context);
  if (context.sql.dialect() == Dialect::postgres) {
    const Statement statement(
        context.sql.drop_constraint(what.table, what.constraint).statements.front().sql);
    context.sql.replay({&statement, 1}, schema);
    return;
  }
  Table& table = *schema.find(what.table.name);
  if (is_key(what.constraint) && what.index && !what.index->constraint.empty()) {
    table = context.sql.without_constraint(what.table, what.constraint);
    return;
  }
  if (what.index) {
    const std::string name = what.index->name; // `what` may refer into the schema that is changed here
    std::erase_if(table.indexes, [&](const Index& index) { return index.name == name; });
    return;
  }
  const Constraint gone = what.constraint;
  std::vector<Step> steps = context.sql.drop_constraint_steps(what.table, gone, "");
  const auto found = std::ranges::find(table.constraints, gone);
  if (found != table.constraints.end()) table.constraints.erase(found);
  note_change(table, context, {Piece{.statements = std::move(steps.front().statements)}});
  const bool still = std::ranges::count(table.constraints, gone.references, &Constraint::references) > 0;
  Table* target = schema.find(gone.references);
  if (gone.kind == ConstraintKind::foreign_key && target && !still)
    std::erase(target->referenced_by, table.name);
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table"},
    {"name", FieldType::text, false, "Name of the constraint"},
    {"definition", FieldType::text, false,
     "In place of `name`, for one without a name (SQLite): its words in the table's definition, such as "
     "`CHECK (age > 0)` or `REFERENCES users(id)`",
     SqlPlace{}},
    {"column", FieldType::text, false, "A column of it, where `definition` fits several"},
};
} // namespace

const OperationRow k_drop_constraint{"drop_constraint",
                                     "Drop a CHECK, foreign key, UNIQUE or PRIMARY KEY, with the way back",
                                     k_fields,
                                     only_table,
                                     plan,
                                     apply};

} // namespace afloat
