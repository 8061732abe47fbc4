#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/rebuild.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

// The row is read from the table, not from NEW: a user trigger that ran before may have changed it again. The
// statement's own OR REPLACE or OR IGNORE holds for what is done here too, so nothing relies on a conflict
// clause: what is in the way goes by name, and a row that did not arrive is an error.
namespace afloat::sqlite {
namespace {
std::string cell(std::string_view row, std::string_view column) {
  return fmt::format("{}.{}", row, identifier(column));
}

/// `OLD` or `NEW` names a row of the old table by its key.
std::string is_row(const RebuildShape& shape, std::string_view table, std::string_view row) {
  std::vector<std::string> parts;
  for (const std::string& column : shape.key)
    parts.push_back(fmt::format("{} = {}", cell(table, column), cell(row, column)));
  return "(" + join(parts, " AND ") + ")";
}

std::string is_any_row(const RebuildShape& shape, std::string_view table,
                       const std::vector<std::string>& rows) {
  std::vector<std::string> parts;
  for (const std::string& row : rows) parts.push_back(is_row(shape, table, row));
  return "(" + join(parts, " OR ") + ")";
}

class Capture {
 public:
  explicit Capture(const RebuildShape& shape)
      : m(shape), m_table(identifier(shape.from.name.name)), m_shadow(identifier(shape.shadow)) {}

  std::vector<std::string> of_rows(const std::vector<std::string>& rows) const {
    std::vector<std::string> body;
    for (const std::string& row : rows)
      body.push_back(fmt::format("DELETE FROM {} WHERE {}", m_shadow, matches(m, m_shadow, row)));
    if (!m.same_key()) body.push_back(forget_current(rows));
    for (const std::vector<std::string>& unique : m.uniques) body.push_back(forget_replaced(unique));
    body.push_back(fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} AS o WHERE {}", m_shadow,
                               column_list("", true), column_list("o.", false), m_table,
                               is_any_row(m, "o", rows)));
    body.push_back(fmt::format(
        "SELECT RAISE(ABORT, {}) WHERE EXISTS (SELECT 1 FROM {} AS o WHERE {} AND NOT EXISTS "
        "(SELECT 1 FROM {} AS n WHERE {}))",
        literal(fmt::format("afloat: the row does not fit what {} is rebuilt to", m.from.name.name)), m_table,
        is_any_row(m, "o", rows), m_shadow, matches(m, "n", "o")));
    return body;
  }

  std::vector<std::string> of_deleted() const {
    return {fmt::format("DELETE FROM {} WHERE {} AND NOT EXISTS (SELECT 1 FROM {} AS o WHERE {} AND {})",
                        m_shadow, matches(m, m_shadow, "OLD"), m_table, is_row(m, "o", "OLD"),
                        matches(m, m_shadow, "o"))};
  }

  /// The columns of the new table, or what of the old one goes into them.
  std::string column_list(std::string_view prefix, bool into) const {
    std::vector<std::string> columns;
    if (m.copies_rowid)
      columns.push_back(std::string(prefix) + identifier(into ? m.match[0].to : m.match[0].from));
    for (const std::string& column : m.columns) columns.push_back(std::string(prefix) + identifier(column));
    return join(columns, ", ");
  }

 private:
  /// The rows as they are by now may have arrived under another key already. By IN, for which SQLite looks
  /// into the new table's key: with EXISTS it would read that table for each row that is written.
  std::string forget_current(const std::vector<std::string>& rows) const {
    std::vector<std::string> to, from;
    for (const KeyPart& part : m.match) {
      to.push_back(identifier(part.to));
      from.push_back(cell("o", part.from));
    }
    return fmt::format("DELETE FROM {} WHERE ({}) IN (SELECT {} FROM {} AS o WHERE {})", m_shadow,
                       join(to, ", "), join(from, ", "), m_table, is_any_row(m, "o", rows));
  }

  /// What a REPLACE took from the old table without a trigger.
  std::string forget_replaced(const std::vector<std::string>& unique) const {
    std::vector<std::string> same;
    for (const std::string& column : unique) same.push_back(fmt::format("{} = NEW.{}", column, bare(column)));
    return fmt::format("DELETE FROM {} WHERE {} AND NOT EXISTS (SELECT 1 FROM {} AS o WHERE {})", m_shadow,
                       join(same, " AND "), m_table, matches(m, m_shadow, "o"));
  }

  /// Without the COLLATE behind it.
  static std::string bare(const std::string& column) { return column.substr(0, column.rfind('"') + 1); }

  const RebuildShape& m;
  std::string m_table, m_shadow;
};

Statement trigger(const RebuildShape& shape, std::string_view event, const std::vector<std::string>& body) {
  return fmt::format("CREATE TRIGGER {} AFTER {} ON {} BEGIN {}; END",
                     identifier(capture_name(shape, lower_case(event))), event,
                     identifier(shape.from.name.name), join(body, "; "));
}

Statement refusal(const RebuildShape& shape, std::string_view event, const std::string& when,
                  const std::string& column) {
  return fmt::format(
      "CREATE TRIGGER {} BEFORE {} ON {} WHEN {} BEGIN SELECT RAISE(ABORT, {}); END",
      identifier(fmt::format("{}_{}", capture_name(shape, lower_case(event.substr(0, 6))), column)), event,
      identifier(shape.from.name.name), when,
      literal(fmt::format("afloat: {}.{} is about to go, since its migration is aborted",
                          shape.from.name.name, column)));
}
} // namespace

std::string matches(const RebuildShape& shape, std::string_view to, std::string_view from) {
  std::vector<std::string> parts;
  for (const KeyPart& part : shape.match)
    parts.push_back(fmt::format("{} = {}", cell(to, part.to), cell(from, part.from)));
  return join(parts, " AND ");
}

std::string copied_columns(const RebuildShape& shape, std::string_view prefix, bool into) {
  return Capture(shape).column_list(prefix, into);
}

std::string capture_name(const RebuildShape& shape, std::string_view event) {
  return fmt::format("afloat_{}_rebuild_{}", shape.rebuild.id, event);
}

std::vector<Statement> refuse_writes(const RebuildShape& shape) {
  std::vector<Statement> triggers;
  for (const std::string& name : shape.given_up) {
    const Column& column = *shape.from.find_column(name);
    // NEW's cells have no affinity: '5' is what a text column stores of DEFAULT 5.
    const std::string left_out =
        as_stored(shape.from, column, fmt::format("({})", column.default_sql.value_or("NULL")));
    triggers.push_back(refusal(
        shape, "INSERT", fmt::format("{} IS NOT {} COLLATE BINARY", cell("NEW", name), left_out), name));
    triggers.push_back(refusal(shape, "UPDATE OF " + identifier(name), changed(name), name));
  }
  return triggers;
}

std::vector<Statement> capture(const RebuildShape& shape) {
  const Capture text(shape);
  std::vector<Statement> triggers{trigger(shape, "INSERT", text.of_rows({"NEW"})),
                                  trigger(shape, "UPDATE", text.of_rows({"OLD", "NEW"})),
                                  trigger(shape, "DELETE", text.of_deleted())};
  std::ranges::move(refuse_writes(shape), std::back_inserter(triggers));
  return triggers;
}

std::vector<Statement> drop_capture(const RebuildShape& shape) {
  std::vector<std::string> events{"insert", "update", "delete"};
  for (const std::string& column : shape.given_up)
    for (const char* event : {"insert_", "update_"}) events.push_back(event + column);
  std::vector<Statement> statements;
  for (const std::string& event : events)
    statements.emplace_back("DROP TRIGGER IF EXISTS " + identifier(capture_name(shape, event)));
  return statements;
}

} // namespace afloat::sqlite
