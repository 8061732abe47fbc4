#include "dialect/postgres/names.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

// The table takes the new name at once, and a view takes the old one, into which the server lets itself be
// written as into the table (CREATE VIEW, "Updatable Views"): ON CONFLICT, RETURNING, defaults, row locks and
// the number of rows are the table's own. Its WHERE calls a function that counts. It is called once a
// statement that finds rows, and, because of the CHECK OPTION, for each row that is inserted: INSTEAD OF
// triggers, which could count too, would take ON CONFLICT away. The new release does not pass by the view,
// and so is not counted.
namespace afloat::postgres {
namespace {
struct Names {
  RelationName old_name, new_name;
  std::string function, writes, last;
};

Names names_of(const Table& table, const std::string& to, const std::string& id) {
  return {table.name,
          {table.name.schema, to},
          own_object("use_" + id),
          own_object("writes_" + id),
          own_object("last_" + id)};
}

/// STABLE, though it counts: so the server takes the condition as one for the whole statement, and plans the
/// rest as for the table.
std::string create_function(const Names& names) {
  std::string body(embedded_sql("postgres/use_count.sql"));
  body = replaced(std::move(body), "{writes}", literal(names.writes));
  body = replaced(std::move(body), "{last}", literal(names.last));
  return fmt::format(
      "CREATE FUNCTION {}() RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER COST 1 AS {}",
      names.function, literal(body));
}

/// A view uses the table with the rights of its owner, which is the table's, unless it is told otherwise:
/// that asks for the right to read every column, also those that nobody names, and so is left to where it
/// must be.
constexpr std::string_view k_obeys_policies = " WITH (security_invoker = true)";

std::string create_view(const Table& table, const Names& names) {
  std::vector<std::string> columns;
  for (const Column& column : table.columns) columns.push_back(in_quotes(column.name));
  return fmt::format("CREATE VIEW {}{} AS SELECT {} FROM {} WHERE {}() WITH LOCAL CHECK OPTION",
                     in_quotes(names.old_name), table.row_security ? k_obeys_policies : "",
                     join(columns, ", "), in_quotes(names.new_name), names.function);
}

/// An UPDATE that sets a column of a view to DEFAULT sets it to NULL, where the view has none of its own.
void append_defaults(const Table& table, const Names& names, std::vector<Statement>& statements) {
  for (const Column& column : table.columns)
    if (column.default_sql && column.default_of == DefaultOf::column && column.generated.empty())
      statements.emplace_back(fmt::format("ALTER VIEW {} ALTER COLUMN {} SET DEFAULT {}",
                                          in_quotes(names.old_name), in_quotes(column.name),
                                          *column.default_sql));
}

std::string obstacle(const Table& table, int server_version) {
  if (!table.row_security) return {};
  if (server_version != 0 && server_version < 150000)
    return fmt::format("{} has row security, which a view obeys from PostgreSQL 15 on", display(table.name));
  if (std::ranges::any_of(table.columns, [](const Column& column) { return !column.grants.empty(); }))
    return fmt::format("{} has row security and grants on columns: a view obeys only one of them",
                       display(table.name));
  return {};
}

std::string same_rights(const Names& names) {
  std::string body(embedded_sql("postgres/same_rights.sql"));
  body = replaced(std::move(body), "{table}", literal(in_quotes(names.new_name)));
  return "DO " + literal(replaced(std::move(body), "{view}", literal(in_quotes(names.old_name))));
}

std::vector<Statement> drop_own(const Names& names) {
  return {fmt::format("DROP FUNCTION IF EXISTS {}()", names.function),
          "DROP SEQUENCE IF EXISTS " + names.writes, "DROP SEQUENCE IF EXISTS " + names.last};
}

Piece opening(const Table& table, const Names& names) {
  const auto rename = [](const RelationName& from, const RelationName& to) -> Statement {
    return fmt::format("ALTER TABLE {} RENAME TO {}", in_quotes(from), in_quotes(to.name));
  };
  Piece piece;
  piece.statements = {"CREATE SEQUENCE " + names.writes,
                      "CREATE SEQUENCE " + names.last + " MINVALUE 0",
                      create_function(names),
                      fmt::format("GRANT EXECUTE ON FUNCTION {}() TO PUBLIC", names.function),
                      rename(names.old_name, names.new_name),
                      create_view(table, names),
                      same_rights(names),
                      fmt::format("COMMENT ON VIEW {} IS {}", in_quotes(names.old_name),
                                  literal(fmt::format("afloat: the old name of {}, until contract",
                                                      display(names.new_name))))};
  append_defaults(table, names, piece.statements);
  piece.inverse = {"DROP VIEW IF EXISTS " + in_quotes(names.old_name),
                   rename(names.new_name, names.old_name)};
  for (Statement& statement : drop_own(names)) piece.inverse.push_back(std::move(statement));
  piece.locks = {{table.name, LockLevel::access_exclusive}};
  return piece;
}

/// The table has its new name already.
Piece reopening(const Table& table, const Names& names) {
  Piece piece = opening(table, names);
  std::erase_if(piece.statements,
                [](const Statement& statement) { return statement.sql.starts_with("ALTER TABLE "); });
  piece.inverse.clear();
  piece.locks = {{names.new_name, LockLevel::access_share}};
  return piece;
}

Piece closing(const Names& names) {
  Piece piece;
  piece.statements = {"DROP VIEW IF EXISTS " + in_quotes(names.old_name)};
  for (Statement& statement : drop_own(names)) piece.statements.push_back(std::move(statement));
  piece.locks = {{names.old_name, LockLevel::access_exclusive}};
  return piece;
}

std::vector<std::string> notes_of(const Table& table, const Names& names, int server_version) {
  const std::string view = display(names.old_name);
  std::vector<std::string> notes{
      fmt::format(
          "In the window {} is a view. Through it the old release cannot: COPY, TRUNCATE, `ON CONFLICT ON "
          "CONSTRAINT` (a list of columns works), `WHERE CURRENT OF`{}, read system columns (ctid, xmin), "
          "group by the primary key alone, make an index or a foreign key.",
          view, server_version >= 170000 ? "" : ", MERGE (before PostgreSQL 17)"),
      fmt::format(
          "What looks {} up in the catalogs finds a view in the window: an old release that starts then and "
          "asks for its primary key or sequence finds none.",
          view),
      fmt::format("Reads by the name {} count as well: contract waits until nobody uses it.", view),
      "Indexes, constraints and sequences keep their names."};
  if (!table.triggers.empty())
    notes.push_back(
        fmt::format("Triggers on the table see TG_TABLE_NAME = '{}' from expand on.", names.new_name.name));
  for (const std::string& publication : table.publications)
    notes.push_back(
        fmt::format("Publication \"{}\" carries the table: its subscribers stop at expand until they have "
                    "it by the name {}. They cannot have both names.",
                    publication, names.new_name.name));
  return notes;
}

Guard view_is_there(const Names& names) {
  return {Phase::contract, fmt::format("view {} for the old name", display(names.old_name)),
          fmt::format("SELECT coalesce((SELECT CASE WHEN relkind = 'v' THEN 'ok' ELSE 'not a view' END FROM "
                      "pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass({})), 'missing')",
                      literal(in_quotes(names.old_name)))};
}
} // namespace

TwoNames two_names(const Table& table, const std::string& to, const std::string& id, int server_version) {
  const Names names = names_of(table, to, id);
  TwoNames result;
  result.refused = obstacle(table, server_version);
  result.open = opening(table, names);
  result.close = closing(names);
  result.reopen = reopening(table, names);
  result.opening = fmt::format("rename {} to {}, with a view under the old name", display(table.name), to);
  result.closing = fmt::format("drop the view {}", display(table.name));
  result.counters = {{display(table.name) + ", the old name",
                      fmt::format("SELECT CASE WHEN w.is_called THEN w.last_value ELSE 0 END,"
                                  " CASE WHEN l.is_called THEN l.last_value / 1000 END FROM {} w, {} l",
                                  names.writes, names.last)}};
  result.guards = {view_is_there(names)};
  result.contract_obstacles = table_users(table.name);
  result.notes = notes_of(table, names, server_version);
  return result;
}

} // namespace afloat::postgres
