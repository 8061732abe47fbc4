#include "dialect/postgres/model_reader.hpp"

#include "support/error.hpp"
#include "support/text.hpp"

#include <set>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
// Everything that changes how the server writes names, expressions and constants.
constexpr std::string_view k_settings =
    "SET LOCAL search_path = ''; SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'postgres'; "
    "SET LOCAL timezone = 'UTC'; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; "
    "SET LOCAL quote_all_identifiers = off; SET LOCAL client_encoding = 'UTF8'; "
    // Ten thousand tables are sorted in memory, and no query is worth a compilation.
    "SET LOCAL jit = off; SET LOCAL work_mem = '64MB'";

constexpr int k_tries = 5;

/// Something went away between the catalog's row and what deparses it.
bool was_changed_meanwhile(const Error& error) {
  return error.code == ErrorCode::statement
         && (error.sqlstate == "XX000" || error.sqlstate == "42P01" || error.sqlstate == "42704"
             || error.sqlstate == "42883");
}

void take_rows(SchemaModel& model, std::string_view kind, Result&& result) {
  constexpr std::size_t k_first_property = 2;
  for (std::vector<Value>& row : result.rows) {
    SchemaObject object{kind, std::move(row[0]).value_or(""), std::move(row[1]).value_or(""), {}};
    for (std::size_t i = k_first_property; i < row.size(); ++i)
      if (row[i] && !row[i]->empty()) object.properties.emplace_back(result.columns[i], std::move(*row[i]));
    model.objects.push_back(std::move(object));
  }
}

class Reading {
 public:
  Reading(Database& database, std::chrono::milliseconds lock_timeout)
      : m_database(database), m_lock_timeout(lock_timeout), m_inside(database.in_transaction()) {}

  SchemaModel run() {
    for (int tries = 1;; ++tries) {
      SchemaModel model{Dialect::postgres, m_database.facts().server_version, {}, {}};
      try {
        m_inside ? read_inside(model) : read_alone(model);
        model.unread = m_unread;
        sort(model);
        return model;
      } catch (Error& error) {
        if (m_inside) throw; // the transaction is its owner's to undo
        m_database.rollback();
        if (tries < k_tries && (was_changed_meanwhile(error) || leave_out(error))) continue;
        if (error.code == ErrorCode::busy) {
          error.message = "could not read the schema: another session holds a lock on one of its objects";
          error.hint = "Wait for that session or end it. Nothing was changed.";
          error.sql.clear();
        }
        throw;
      }
    }
  }

 private:
  void read_alone(SchemaModel& model) {
    m_database.script(fmt::format("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {}", settings()));
    read(model);
    m_database.script("COMMIT");
  }

  void read_inside(SchemaModel& model) {
    m_database.script(fmt::format("SAVEPOINT afloat_reading; {}", settings()));
    read(model);
    // The settings go back, too.
    m_database.script("ROLLBACK TO SAVEPOINT afloat_reading; RELEASE SAVEPOINT afloat_reading");
  }

  std::string settings() const {
    return fmt::format("SET LOCAL lock_timeout = {}; {}", m_lock_timeout.count(), k_settings);
  }

  void read(SchemaModel& model) {
    for (const KindRow& row : kind_rows()) {
      if (!row.postgres || m_left_out.contains(row.name)) continue;
      m_kind = row.name;
      take_rows(model, row.name,
                m_database.query(model_query(row.name, m_database.facts().server_version), {}));
    }
  }

  /// Some platforms take away catalogs that are everybody's elsewhere: the kind is named, the others are
  /// read.
  bool leave_out(const Error& error) {
    if (error.code != ErrorCode::permission) return false;
    m_left_out.insert(m_kind);
    m_unread.push_back(fmt::format("{}: {}", m_kind, error.message));
    return true;
  }

  Database& m_database;
  std::chrono::milliseconds m_lock_timeout;
  bool m_inside;
  std::string_view m_kind;
  std::set<std::string_view> m_left_out;
  std::vector<std::string> m_unread;
};
} // namespace

SchemaModel read_schema(Database& database, std::chrono::milliseconds lock_timeout) {
  return Reading(database, lock_timeout).run();
}

} // namespace afloat::postgres
