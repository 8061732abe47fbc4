#include "ledger/ledger.hpp"

#include "model/plan_json.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr int k_format = 1;

std::string text_of(const Value& value) {
  return value.value_or("");
}

std::int64_t number_of(const Value& value) {
  return value ? std::stoll(*value) : 0;
}

double seconds_of(const Value& value) {
  return value ? std::stod(*value) : 0.0;
}

/// Something other than afloat has been at the ledger, or a restore brought back a part of it.
Error damaged(std::string message) {
  return Error(ErrorCode::ledger_conflict, std::move(message),
               "Something other than afloat has changed its tables: bring them back from a backup "
               "(docs/reference/ledger.md describes them). Nothing was changed.");
}

void require_known_state(const LedgerEntry& entry) {
  constexpr std::array<std::string_view, 7> k_states{"expanding", "expanded", "contracting", "complete",
                                                     "aborting",  "purging",  "reverting"};
  if (std::ranges::find(k_states, entry.state) == k_states.end())
    throw damaged(fmt::format("the ledger has migration {} in state \"{}\", which is none", entry.title(),
                              entry.state));
}

LedgerEntry entry_of(const std::vector<Value>& row) {
  LedgerEntry entry;
  entry.version = number_of(row[0]);
  entry.label = text_of(row[1]);
  entry.name = text_of(row[2]);
  entry.checksum = text_of(row[3]);
  entry.state = text_of(row[4]);
  entry.in_attic = number_of(row[5]) != 0;
  entry.expanded_at = text_of(row[6]);
  entry.contracted_at = text_of(row[7]);
  if (row[8]) entry.expanded_seconds_ago = seconds_of(row[8]);
  if (row[9]) entry.contracted_seconds_ago = seconds_of(row[9]);
  require_known_state(entry);
  return entry;
}
} // namespace

Ledger::Ledger(Database& database)
    : m_database(database), m_postgres(database.dialect() == Dialect::postgres),
      m_now(m_postgres ? "clock_timestamp()" : "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')") {}

std::string Ledger::table(std::string_view name) const {
  return fmt::format("{}{}", m_postgres ? "afloat." : "afloat_", name);
}

std::string Ledger::time_text(std::string_view column) const {
  return m_postgres
             ? fmt::format("to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')", column)
             : std::string(column);
}

Result Ledger::ask(std::string_view sql, std::initializer_list<Value> parameters) {
  try {
    return m_database.query(sql, parameters);
  } catch (const Error& error) {
    const bool missing = error.sqlstate == "42P01" || error.sqlstate == "42703"
                         || error.message.starts_with("no such table: afloat_")
                         || error.message.starts_with("no such column");
    if (!missing) throw;
    throw damaged("the ledger is not whole: " + error.message);
  }
}

bool Ledger::exists() {
  try {
    return is_there();
  } catch (Error& error) {
    if (error.code != ErrorCode::permission || error.sqlstate.empty()) throw;
    error.message = "cannot read afloat's own tables: " + error.message;
    error.sql.clear();
    error.hint =
        "Connect as the role that made them. To read only: GRANT USAGE ON SCHEMA afloat TO …; GRANT SELECT "
        "ON ALL TABLES IN SCHEMA afloat TO …. Nothing was changed.";
    throw;
  }
}

void Ledger::refuse_owner(const std::string& owner) const {
  throw Error(
      ErrorCode::permission,
      fmt::format("the schema afloat belongs to role {}, and this is role {}", owner,
                  m_database.facts().role),
      fmt::format(
          "Connect as {0}. If afloat did not make it for you, look who {0} is: what stands there would run "
          "with your rights. Nothing was changed.",
          owner));
}

/// ledger_there.sql also names who made the schema afloat, if that is neither a superuser nor the database's
/// owner and not a role whose rights this one has: such a role could let the ledger say anything, and run
/// anything with our rights. Who could not make the schema itself (CREATE on the database) only reads, and
/// has nothing to lose.
bool Ledger::is_there() {
  const Result found = ask(m_postgres ? embedded_sql("postgres/ledger_there.sql")
                                      : "SELECT name FROM sqlite_schema WHERE name = 'afloat_meta'");
  if (m_postgres && found.rows.at(0).at(1)) refuse_owner(*found.rows[0][1]);
  if (!found.scalar()) return false;
  const Result meta = ask(fmt::format("SELECT format, made_by FROM {}", table("meta")));
  if (meta.rows.empty()) throw damaged("the ledger has lost its format: its table meta is empty");
  if (number_of(meta.rows[0][0]) > k_format)
    throw Error(
        ErrorCode::ledger_conflict,
        fmt::format(
            "the ledger has format {} and was made by afloat {}; this is afloat {}, which knows format {}",
            text_of(meta.rows[0][0]), text_of(meta.rows[0][1]), AFLOAT_VERSION, k_format),
        "Use that version of afloat or a newer one. Nothing was changed.");
  return true;
}

void Ledger::create(std::chrono::milliseconds lock_total) {
  if (!m_postgres) m_database.set_lock_timeout(lock_total); // there a lock of others also keeps readers out
  if (exists()) return;
  try {
    m_database.begin(lock_total);
    if (m_postgres || !exists()) {
      m_database.script(embedded_sql(m_postgres ? "postgres/ledger.sql" : "sqlite/ledger.sql"));
      ask(fmt::format("INSERT INTO {} (format, made_by) VALUES ({}, '{}')", table("meta"), k_format,
                      AFLOAT_VERSION));
    }
    m_database.commit();
  } catch (Error& error) {
    m_database.rollback();
    if (exists()) return; // another runner has made it in the meantime
    const bool busy = error.code == ErrorCode::busy;
    error.message = fmt::format("cannot make afloat's own tables{}: {}",
                                busy ? " within " + format_duration(lock_total) : "", error.message);
    if (busy)
      error.hint =
          "Another session is making them, or on SQLite writes to the file: wait until it has ended, or "
          "raise `lock_total`. Nothing was changed; the same command can be run again.";
    error.sql.clear(); // a page of DDL that the user did not write
    if (error.code == ErrorCode::permission && m_postgres)
      error.hint = "Connect as a role that owns the tables and may create the schema afloat (GRANT CREATE ON "
                   "DATABASE). "
                   "Nothing was changed.";
    throw;
  }
}

std::vector<LedgerEntry> Ledger::entries() {
  return exists() ? read_entries("") : std::vector<LedgerEntry>();
}

std::optional<LedgerEntry> Ledger::entry(std::int64_t version) {
  std::vector<LedgerEntry> found = read_entries(fmt::format(" WHERE version = {}", version));
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<LedgerEntry> Ledger::read_entries(std::string_view where) {
  const auto age = [&](std::string_view column) {
    return m_postgres ? fmt::format("extract(epoch FROM clock_timestamp() - {})", column)
                      : fmt::format("(julianday('now') - julianday({})) * 86400.0", column);
  };
  // Of what is over nobody asks for times, and mostly a thousand are over: computing theirs would take longer
  // than the rest.
  const auto unless_over = [](const std::string& time) {
    return fmt::format("CASE WHEN state <> 'complete' OR in_attic = 1 THEN {} END", time);
  };
  const Result result = ask(fmt::format(
      "SELECT version, label, name, checksum, state, in_attic, {}, {}, {}, {} FROM {}{} ORDER BY 1",
      unless_over(time_text("expanded_at")), unless_over(time_text("contracted_at")),
      unless_over(age("expanded_at")), unless_over(age("contracted_at")), table("migrations"), where));
  std::vector<LedgerEntry> entries;
  entries.reserve(result.rows.size());
  for (const auto& row : result.rows) entries.push_back(entry_of(row));
  return entries;
}

std::optional<std::int64_t> Ledger::newest_contracted() {
  const Value version =
      ask(fmt::format("SELECT max(version) FROM {} WHERE (state = 'complete' OR in_attic = 1) AND "
                      "contracted_at IS NOT NULL",
                      table("migrations")))
          .scalar();
  return version ? std::optional(number_of(version)) : std::nullopt;
}

Plan Ledger::plan(std::int64_t version) {
  const Value text = ask(fmt::format("SELECT plan FROM {} WHERE version = $1", table("migrations")),
                         {std::to_string(version)})
                         .scalar();
  const std::string what = fmt::format("the plan of migration {} in the ledger", version);
  if (!text) throw damaged(what + " is missing");
  try {
    Plan plan = parse_plan(*text);
    if (plan.version == version) return plan;
  } catch (const Error&) { // the JSON library's words help nobody
  }
  throw damaged(what + " cannot be read");
}

std::map<std::string, StepRecord> Ledger::steps(std::int64_t version) {
  std::map<std::string, StepRecord> steps;
  const Result result =
      ask(fmt::format("SELECT id, state, position, rows FROM {} WHERE version = $1", table("steps")),
          {std::to_string(version)});
  for (const auto& row : result.rows) steps[text_of(row[0])] = {text_of(row[1]), row[2], number_of(row[3])};
  return steps;
}

std::vector<EventRecord> Ledger::events(std::optional<std::int64_t> version) {
  std::vector<EventRecord> events;
  if (!exists()) return events;
  const std::string where = version ? fmt::format(" WHERE version = {}", *version) : "";
  const Result result = ask(fmt::format("SELECT {}, version, name, event, detail FROM {}{} ORDER BY id",
                                        time_text("at"), table("events"), where));
  for (const auto& row : result.rows)
    events.push_back({text_of(row[0]), text_of(row[3]), text_of(row[4]), text_of(row[2]), number_of(row[1])});
  return events;
}

void Ledger::freeze(const Plan& plan, std::string_view state) {
  const bool over = state == "complete" || state == "expanded";
  m_database.defer(
      fmt::format("INSERT INTO {} (version, label, name, checksum, state, plan, in_attic, expanded_at, "
                  "contracted_at) VALUES ($1, $2, $3, $4, $5, $6, 0, {}, NULL)",
                  table("migrations"), over ? m_now : "NULL"),
      {std::to_string(plan.version), plan.label, plan.name, plan.checksum, std::string(state),
       to_json_text(plan)});
}

void Ledger::replace_plan(const Plan& plan) {
  m_database.query(fmt::format("UPDATE {} SET plan = $1 WHERE version = $2", table("migrations")),
                   {to_json_text(plan), std::to_string(plan.version)});
}

void Ledger::set_state(const Plan& plan, std::string_view state, bool in_attic) {
  const auto stamped = [&](std::string_view column, std::string_view when) {
    return state == when ? fmt::format(", {} = coalesce({}, {})", column, column, m_now) : std::string();
  };
  const bool windowed = plan.has(Phase::contract);
  m_database.defer(fmt::format("UPDATE {} SET state = $1, in_attic = $2{}{} WHERE version = $3",
                               table("migrations"),
                               stamped("expanded_at", windowed ? "expanded" : "complete"),
                               windowed ? stamped("contracted_at", "complete") : ""),
                   {std::string(state), in_attic ? "1" : "0", std::to_string(plan.version)});
}

void Ledger::reopen(std::int64_t version) {
  m_database.defer(fmt::format("UPDATE {} SET state = 'expanded', in_attic = 0, expanded_at = {}, "
                               "contracted_at = NULL WHERE version = $1",
                               table("migrations"), m_now),
                   {std::to_string(version)});
}

void Ledger::remove(std::int64_t version) {
  const std::string number = std::to_string(version);
  m_database.defer(fmt::format("DELETE FROM {} WHERE version = $1", table("steps")), {number});
  m_database.defer(fmt::format("DELETE FROM {} WHERE version = $1", table("migrations")), {number});
}

void Ledger::begin_step(std::int64_t version, const std::string& step) {
  m_database.defer(
      fmt::format("INSERT INTO {} (version, id, state) VALUES ($1, $2, 'begun') ON CONFLICT (version, id) "
                  "DO UPDATE SET state = 'begun'",
                  table("steps")),
      {std::to_string(version), step});
}

void Ledger::finish_step(std::int64_t version, const std::string& step, std::int64_t rows) {
  m_database.defer(
      fmt::format("INSERT INTO {} (version, id, state, rows) VALUES ($1, $2, 'done', $3) ON CONFLICT "
                  "(version, id) DO UPDATE SET state = 'done', rows = excluded.rows",
                  table("steps")),
      {std::to_string(version), step, std::to_string(rows)});
}

void Ledger::save_position(std::int64_t version, const std::string& step, const std::string& position,
                           std::int64_t rows) {
  m_database.defer(
      fmt::format("INSERT INTO {} (version, id, state, position, rows) VALUES ($1, $2, 'begun', $3, $4) ON "
                  "CONFLICT (version, id) DO UPDATE SET position = excluded.position, rows = excluded.rows",
                  table("steps")),
      {std::to_string(version), step, position, std::to_string(rows)});
}

void Ledger::remove_step(std::int64_t version, const std::string& step) {
  m_database.defer(fmt::format("DELETE FROM {} WHERE version = $1 AND id = $2", table("steps")),
                   {std::to_string(version), step});
}

void Ledger::note(const Plan& plan, std::string_view event, std::string_view detail) {
  m_database.defer(
      fmt::format(
          "INSERT INTO {} (version, name, event, detail) SELECT $1, $2, $3, coalesce($4, holder) FROM {}",
          table("events"), table("lease")),
      {std::to_string(plan.version), plan.title(), std::string(event),
       detail.empty() ? Value() : Value(detail)});
}

double Ledger::now() {
  return seconds_of(ask(m_postgres ? "SELECT extract(epoch FROM clock_timestamp())"
                                   : "SELECT (julianday('now') - 2440587.5) * 86400.0")
                        .scalar());
}

LeaseRecord Ledger::lease() {
  const std::string clock =
      m_postgres ? "extract(epoch FROM clock_timestamp())" : "(julianday('now') - 2440587.5) * 86400.0";
  const Result result = ask(fmt::format("SELECT token, holder, process, backend, backend_start, "
                                        "ending, since, (SELECT {} - at FROM {}) FROM {}",
                                        clock, table("heartbeat"), table("lease")));
  if (result.rows.empty()) throw damaged("the ledger has lost its lease: its table lease is empty");
  const auto& row = result.rows[0];
  return {number_of(row[0]),
          {text_of(row[1]), text_of(row[2]), text_of(row[3]), text_of(row[4])},
          text_of(row[5]),
          text_of(row[6]),
          seconds_of(row[7])};
}

std::optional<std::int64_t> Ledger::take_lease(std::int64_t seen_token, const LeaseHolder& holder,
                                               const std::string& ending) {
  const std::string since =
      m_postgres ? "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
                 : "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')";
  const Result taken =
      ask(fmt::format("UPDATE {} SET token = token + 1, holder = $1, process = $2, backend = "
                      "$3, backend_start = $4, ending = $5, since = "
                      "{} WHERE token = $6",
                      table("lease"), since),
          {holder.words, holder.process, holder.backend, holder.backend_start, ending,
           std::to_string(seen_token)});
  if (taken.affected != 1) return std::nullopt;
  heartbeat(seen_token + 1);
  return seen_token + 1;
}

void Ledger::add_sessions(std::int64_t token, const std::string& sessions) {
  ask(fmt::format("UPDATE {} SET ending = ending || $1 WHERE token = $2", table("lease")),
      {sessions, std::to_string(token)});
}

void Ledger::clear_ending(std::int64_t token) {
  ask(fmt::format("UPDATE {} SET ending = '' WHERE token = $1", table("lease")), {std::to_string(token)});
}

void Ledger::release_lease(std::int64_t token) {
  ask(fmt::format("UPDATE {} SET holder = '' WHERE token = $1", table("lease")), {std::to_string(token)});
}

void Ledger::heartbeat(std::int64_t token) {
  ask(fmt::format(
          "UPDATE {} SET at = {} WHERE EXISTS (SELECT 1 FROM {} WHERE token = $1)", table("heartbeat"),
          m_postgres ? "extract(epoch FROM clock_timestamp())" : "(julianday('now') - 2440587.5) * 86400.0",
          table("lease")),
      {std::to_string(token)});
}

void Ledger::check_fence(std::int64_t token) {
  const Result found = ask(fmt::format("SELECT 1 FROM {} WHERE token = {}{}", table("lease"), token,
                                       m_postgres ? " FOR SHARE" : ""));
  if (found.rows.empty())
    throw Error(ErrorCode::busy, "the lease was taken over by another afloat process",
                "Run `afloat status` to see who; nothing of this step was committed.");
}

} // namespace afloat
