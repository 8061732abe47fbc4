#include "snapshot/compare_postgres.hpp"

#include "dialect/copy_session.hpp"
#include "snapshot/postgres.hpp"
#include "snapshot/tools.hpp"
#include "support/text.hpp"

#include <cstddef>

#include <fmt/format.h>

namespace afloat::postgres_copy {
namespace {
constexpr std::string_view k_copy = "COPY ", k_from = " FROM stdin;", k_encoding = "SET client_encoding = ";

std::string other_values(std::string_view table) {
  return fmt::format("{} has other values", table);
}

std::int64_t count_rows(CopySession& session, const RelationName& table) {
  return std::stoll(
      session.query(fmt::format("SELECT count(*) FROM ONLY {}", sql_name(table))).at(0)[0].value_or("0"));
}

void compare_tables(CopySession& session, const Manifest& manifest, std::vector<std::string>& differences) {
  for (const StoredTable& table : manifest.tables) {
    CopySum sum;
    const std::int64_t rows =
        table.content.empty()
            ? count_rows(session, table.name)
            : session.copy_out(copy_out_statement(table), [&](std::string_view row) { sum.add(row); });
    if (rows != table.rows)
      differences.push_back(fmt::format("{} has {} in place of {}", display(table.name),
                                        count_of(rows, "row"), with_commas(table.rows)));
    else if (!table.content.empty() && sum.sum().hex() != table.content)
      differences.push_back(other_values(display(table.name)));
  }
}

std::string dump_of(const RestoreRequest& request) {
  return (request.found.folder / "dump").string();
}

/// The form in which pg_dump had the server write values.
void write_values_as(CopySession& session, const Manifest& manifest, const std::string& encoding) {
  session.script("SET search_path = ''; SET extra_float_digits = 3; SET IntervalStyle = postgres");
  for (const auto& [name, value] : manifest.settings)
    session.script(fmt::format("SET {} = {}", sql_name(name), literal(value)));
  if (!encoding.empty()) session.script(fmt::format("SET client_encoding = {}", encoding));
}

/// The rows of the dump, which are those of the moment, with those that came of them.
void compare_dump(CopySession& session, const Tools& tools, const RestoreRequest& request,
                  const SnapshotWatch& watch, std::vector<std::string>& differences) {
  DumpedRows dumped;
  tools.stream("pg_restore", {"--data-only", "--file=-", dump_of(request)}, [&](std::string_view bytes) {
    watch.watch();
    dumped.add(bytes);
  });
  write_values_as(session, *request.found.manifest, dumped.encoding());
  for (const DumpedRows::Table& table : dumped.tables()) {
    RowSum sum;
    session.copy_out(table.copy + " TO STDOUT",
                     [&](std::string_view row) { sum.add(row.substr(0, row.size() - 1)); });
    if (sum.rows() != table.sum.rows() || sum.hex() != table.sum.hex())
      differences.push_back(
          other_values(std::string_view(table.copy).substr(k_copy.size(), table.copy.find(" (") - 5)));
  }
}

void compare_schema(const Tools& tools, const RestoreRequest& request,
                    std::vector<std::string>& differences) {
  const Manifest& manifest = *request.found.manifest;
  const SchemaText now = dumped_schema(tools, "", request.lock_timeout);
  const std::string then =
      manifest.kind == SnapshotKind::full ? sha256(schema_in(tools, dump_of(request))) : manifest.schema;
  if (sha256(now.before + now.after) != then) differences.emplace_back("the schema differs");
}
} // namespace

void DumpedRows::add(std::string_view bytes) {
  for (std::size_t end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
    if (m_rest.empty())
      take(bytes.substr(0, end));
    else {
      m_rest += bytes.substr(0, end);
      take(m_rest);
      m_rest.clear();
    }
    bytes.remove_prefix(end + 1);
  }
  m_rest += bytes;
}

void DumpedRows::take(std::string_view line) {
  if (m_in_rows) {
    m_in_rows = line != "\\.";
    if (m_in_rows) m_tables.back().sum.add(line);
    return;
  }
  if (line.starts_with(k_encoding))
    m_encoding = line.substr(k_encoding.size(), line.size() - k_encoding.size() - 1);
  if (m_head.empty() && !line.starts_with(k_copy)) return;
  m_head += (m_head.empty() ? "" : "\n") + std::string(line); // a name may have a line feed
  if (!m_head.ends_with(k_from)) return;
  m_tables.push_back({m_head.substr(0, m_head.size() - k_from.size()), {}});
  m_head.clear();
  m_in_rows = true;
}

std::vector<std::string> differences_from(const RestoreRequest& request, const std::string& database,
                                          const Restored& restored, const SnapshotWatch& watch) {
  const Manifest& manifest = *request.found.manifest;
  const auto session = open_copy_session(request.connect, database, request.lock_timeout, watch.watch);
  const Tools tools(request.settings.programs, session->server_version(), session->environment(), watch);
  const bool full = manifest.kind == SnapshotKind::full;
  std::vector<std::string> differences = restored.problems;
  compare_tables(*session, manifest, differences);
  // A number of rows that differs says as much of the contents.
  if (full && differences.empty()) compare_dump(*session, tools, request, watch, differences);
  if ((full || !manifest.schema.empty()) && !restored.changed_keys)
    compare_schema(tools, request, differences);
  return differences;
}

} // namespace afloat::postgres_copy
