#pragma once

#include "dialect/postgres/inspector.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "support/postgres_server.hpp"

#include <string>
#include <vector>

namespace afloat::test {

/// A fresh database with schema afloat and what `ddl` makes, as its owner and as the application.
struct PostgresFixture {
  explicit PostgresFixture(std::string_view ddl) : name(PostgresServer::instance().create_database()) {
    owner = PostgresServer::instance().connect(name);
    owner->script("CREATE SCHEMA afloat;" + std::string(ddl));
    grant_to_app(*owner);
    app = PostgresServer::instance().connect(name, "app");
  }

  Table table(std::string table_name) const {
    const std::vector<RelationName> wanted{{"", std::move(table_name)}};
    return inspect_postgres(*owner, wanted).tables.at(0);
  }

  void run(const std::vector<Statement>& statements) const {
    for (const Statement& statement : statements) owner->query(statement.sql, {});
  }

  /// Adds the new columns and their sync in one transaction.
  void expand(const Sync& sync) const {
    owner->begin(std::chrono::seconds(1));
    for (const SyncColumn& column : new_side(sync))
      run(writer->add_column(sync.table, {.name = column.name, .type = column.type}).statements);
    run(writer->create_sync(sync).statements);
    if (sync.new_default) run(writer->set_default(sync.table, sync.new_column, *sync.new_default).statements);
    owner->commit();
  }

  /// The result of a query by the owner as "a|b" lines.
  std::string read(std::string_view sql) const {
    std::string text;
    for (const auto& row : owner->query(sql, {}).rows) {
      if (!text.empty()) text += '\n';
      for (std::size_t i = 0; i < row.size(); ++i) text += (i > 0 ? "|" : "") + row[i].value_or("NULL");
    }
    return text;
  }

  std::string name;
  std::unique_ptr<Database> owner, app;
  std::unique_ptr<SqlWriter> writer = make_postgres_writer(0);
};

/// The SQLSTATE and message of the error that the call throws.
template <typename Call>
std::string failure(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.sqlstate + " " + error.message;
  }
  return "no error";
}

} // namespace afloat::test
