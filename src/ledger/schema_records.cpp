#include "ledger/schema_records.hpp"

#include "ledger/ledger.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <chrono>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr int k_models_kept = 3;

std::int64_t number_of(const Value& value) {
  return value ? std::stoll(*value) : 0;
}
} // namespace

SchemaRecords::SchemaRecords(Database& database)
    : m_database(database), m_postgres(database.dialect() == Dialect::postgres) {}

std::string SchemaRecords::table(std::string_view name) const {
  return fmt::format("{}{}", m_postgres ? "afloat." : "afloat_", name);
}

std::optional<SchemaRecord> SchemaRecords::newest() {
  const bool there = m_database
                         .query(m_postgres ? "SELECT to_regclass('afloat.schemas')"
                                           : "SELECT name FROM sqlite_schema WHERE name = 'afloat_schemas'",
                                {})
                         .scalar()
                         .has_value();
  if (!there) return std::nullopt;
  const Result result = m_database.query(
      fmt::format("SELECT id, event, {}, label, format, server_version, fingerprint, reason FROM {} ORDER BY "
                  "id DESC LIMIT 1",
                  m_postgres ? "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')" : "at",
                  table("schemas")),
      {});
  if (result.rows.empty()) return std::nullopt;
  const std::vector<Value>& row = result.rows[0];
  return SchemaRecord{number_of(row[0]),
                      number_of(row[1]),
                      row[2].value_or(""),
                      row[3].value_or(""),
                      static_cast<int>(number_of(row[4])),
                      static_cast<int>(number_of(row[5])),
                      row[6].value_or(""),
                      row[7].value_or("")};
}

SchemaModel SchemaRecords::model(const SchemaRecord& record) {
  const Value text =
      m_database.query(fmt::format("SELECT model FROM {} WHERE id = {}", table("schemas"), record.id), {})
          .scalar();
  return parse_canonical(text.value_or(""), m_database.dialect(), record.server_version);
}

bool SchemaRecords::is_behind(const std::optional<SchemaRecord>& record) {
  const Value newest = m_database.query(fmt::format("SELECT max(id) FROM {}", table("events")), {}).scalar();
  return number_of(newest) > (record ? record->event : 0);
}

std::vector<std::int64_t> SchemaRecords::unsettled(const SchemaRecord& record) {
  std::vector<std::int64_t> versions;
  const Result result = m_database.query(
      fmt::format(
          "SELECT version FROM {} WHERE id > {} UNION SELECT version FROM {} WHERE state NOT IN ('expanded', "
          "'complete') ORDER BY 1",
          table("events"), record.event, table("migrations")),
      {});
  for (const auto& row : result.rows) versions.push_back(number_of(row[0]));
  return versions;
}

/// Its comment says of which text it was made.
void SchemaRecords::make_function(const std::string& state_function) {
  const std::string mark = "afloat " + sha256(state_function);
  const Value now =
      m_database
          .query("SELECT obj_description(to_regprocedure('afloat.verify_schema_state(text)'), 'pg_proc')", {})
          .scalar();
  if (now == mark) return;
  m_database.script(state_function);
  m_database.script(fmt::format("COMMENT ON FUNCTION afloat.verify_schema_state(text) IS '{}'", mark));
}

void SchemaRecords::add(const SchemaModel& model, const std::string& reason, std::int64_t lease_token,
                        const std::string& state_function, std::chrono::milliseconds lock_total) {
  const std::string text = canonical_text(model);
  m_database.begin(lock_total);
  try {
    m_database.script(embedded_sql(m_postgres ? "postgres/schemas.sql" : "sqlite/schemas.sql"));
    if (!state_function.empty()) make_function(state_function);
    if (!reason.empty())
      m_database.query(
          fmt::format(
              "INSERT INTO {} (version, name, event, detail) VALUES (0, 'schema', 'drift accepted', $1)",
              table("events")),
          {reason});
    m_database.query(
        fmt::format(
            "INSERT INTO {} (event, label, format, server_version, fingerprint, reason, model) VALUES ("
            "coalesce((SELECT max(id) FROM {}), 0), coalesce((SELECT label FROM {} ORDER BY version DESC "
            "LIMIT "
            "1), ''), {}, {}, $1, $2, $3)",
            table("schemas"), table("events"), table("migrations"), k_model_format, model.server_version),
        {sha256(text), reason, text});
    m_database.query(
        fmt::format(
            "UPDATE {0} SET model = NULL WHERE model IS NOT NULL AND id <= (SELECT max(id) FROM {0}) - {1}",
            table("schemas"), k_models_kept),
        {});
    Ledger(m_database).check_fence(lease_token);
    m_database.commit();
  } catch (const Error&) {
    m_database.rollback();
    throw;
  }
}

} // namespace afloat
