#include "dialect/postgres/database.hpp"

#include "dialect/postgres/errors.hpp"
#include "dialect/postgres/libpq.hpp"
#include "dialect/postgres/pqxx.hpp"
#include "dialect/postgres/text_array.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
// The server answers the COMMIT of a failed transaction with a silent ROLLBACK; an empty SELECT before it
// fails instead.
constexpr std::string_view k_commit = "SELECT; COMMIT";
constexpr std::string_view k_lock_timeout = "55P03";

/// libpq's own defaults stay in force where the URL says nothing; what the URL says wins.
std::string connection_string(const ConnectOptions& options) {
  const bool is_url = options.url.find("://") != std::string::npos;
  std::string text = options.url;
  const auto add = [&](std::string_view key, std::string_view value) {
    if (text.find(fmt::format("{}=", key)) != std::string::npos) return;
    const std::string_view separator = !is_url ? " " : text.find('?') == std::string::npos ? "?" : "&";
    text += fmt::format("{}{}={}", separator, key, value);
  };
  add("fallback_application_name", "afloat");
  add("client_encoding", "UTF8"); // whatever the database or PGCLIENTENCODING says: files are UTF-8
  if (std::getenv("PGCONNECT_TIMEOUT") == nullptr)
    add("connect_timeout", std::to_string(std::max<std::int64_t>(2, options.connect_timeout.count() / 1000)));
  return text;
}

/// A pooler gives its servers' sessions to others, with the settings that we make: nothing is set where the
/// server's process is not the one that the connection was told. All in one message is undone together.
std::string refuse_pooler(int backend) {
  return fmt::format("SELECT 1 / (pg_catalog.pg_backend_pid() = {})::integer;", backend);
}
constexpr std::string_view k_through_pooler = "22012"; // division_by_zero

/// Of the role or the database they would change how the server reads afloat's statements, and writes keys
/// and definitions. DateStyle keeps the order of day and month.
constexpr std::string_view k_plain_text =
    " SET standard_conforming_strings = on; SET transform_null_equals = off; SET array_nulls = on;"
    " SET quote_all_identifiers = off; SET DateStyle = ISO; SET extra_float_digits = 1; SET bytea_output = "
    "hex;";

/// row_security = off: a policy that would hide rows from a backfill is an error then, not fewer rows.
std::string settings(int server_version, bool check_interval) {
  return fmt::format(
      " SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET idle_session_timeout = 0;"
      " SET lock_timeout = 0;{} SET row_security = off; SET default_transaction_isolation = 'read "
      "committed';{}{}",
      server_version >= 170000 ? " SET transaction_timeout = 0;" : "",
      check_interval ? " SET client_connection_check_interval = '2s';" : "", k_plain_text);
}

/// What SessionFacts holds. Also whether there is any operator that is not the server's own, which costs a
/// tenth of asking whether one stands in the way.
std::string ask_for_facts(int server_version, bool read_only) {
  const std::string_view may_replica =
      server_version >= 150000 ? "pg_catalog.has_parameter_privilege('session_replication_role', 'SET')"
                               : "pg_catalog.current_setting('is_superuser')::boolean";
  return fmt::format(
      " SELECT pg_catalog.current_database(), current_user, pg_catalog.current_setting('is_superuser'),"
      " pg_catalog.pg_is_in_recovery(),"
      " pg_catalog.current_setting('default_transaction_read_only'), {}, pg_catalog.pg_backend_pid(),"
      " (SELECT extract(epoch FROM backend_start)::text || '@' || usesysid::text FROM"
      " pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid())), {}{}",
      may_replica, "EXISTS (SELECT FROM pg_catalog.pg_operator WHERE oid OPERATOR(pg_catalog.>=) 16384)",
      read_only ? ", pg_catalog.set_config('default_transaction_read_only', 'on', false)" : "");
}

Error through_pooler() {
  return {ErrorCode::connection, "this is a connection through a pooler, not to PostgreSQL itself",
          "Give the server's own host and port: what afloat sets for its session would come to the "
          "application. Nothing was changed."};
}

Error shadowed(const std::string& what, const std::string& role) {
  return {
      ErrorCode::permission,
      fmt::format("the operator {} stands in the way of PostgreSQL's own of that name", what),
      fmt::format(
          "It would run with the rights of role {0}: drop it, or take its schema out of the search_path of "
          "{0}. Nothing was changed.",
          role)};
}

Result to_result(const pqxx::result& rows) {
  Result result;
  result.affected = static_cast<std::int64_t>(rows.affected_rows());
  for (pqxx::row_size_type i = 0; i < rows.columns(); ++i) result.columns.emplace_back(rows.column_name(i));
  result.rows.reserve(static_cast<std::size_t>(rows.size()));
  for (const pqxx::row& row : rows) {
    std::vector<Value>& values = result.rows.emplace_back();
    values.reserve(static_cast<std::size_t>(row.size()));
    for (const pqxx::field& field : row)
      values.push_back(field.is_null() ? Value() : Value(std::string(field.c_str(), field.size())));
  }
  return result;
}

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(const ConnectOptions& options, SessionOf whose) : m_whose(whose) {
    try {
      m_connection = std::make_unique<pqxx::connection>(connection_string(options));
    } catch (const std::exception& error) {
      throw connect_error(error.what(), options.safe_url);
    }
    set_up_connection(*m_connection);
    m_session = std::make_unique<pqxx::nontransaction>(*m_connection);
    set_up(options.read_only);
  }

  Dialect dialect() const override { return Dialect::postgres; }
  const SessionFacts& facts() const override { return m_facts; }

  using Database::query;
  Result query(std::string_view sql, std::span<const Value> parameters) override {
    return to_result(run(sql, [&](const std::string& text) {
      if (parameters.empty()) return m_session->exec(with_deferred(text));
      if (!m_deferred.empty()) m_session->exec(with_deferred(""));
      return run_with(*m_session, text, parameters);
    }));
  }

  void defer(std::string_view sql, std::initializer_list<Value> parameters) override {
    m_deferred.push_back(filled_in(sql, std::span<const Value>(parameters.begin(), parameters.size())));
  }

  void script(std::string_view sql) override { execute(sql); }

  // A rule can give a statement several results, so that those behind it are mistaken for others: then what
  // began here is undone, and sent again one by one.
  void batch(std::span<const std::string_view> statements) override {
    if (statements.size() == 1) return script(statements.front());
    const std::vector<std::string> before = std::exchange(m_deferred, {});
    const bool begins = !before.empty() && before.front() == "BEGIN";
    try {
      send_together(before, statements);
    } catch (const Error& error) {
      if (!begins || !m_connection->is_open() || !may_be_mistaken(error)) throw;
      rollback();
      m_in_transaction = true;
      m_deferred = before;
      for (const std::string_view statement : statements) script(statement);
    }
  }

  void begin(std::chrono::milliseconds lock_timeout) override {
    defer("BEGIN", {});
    defer(fmt::format("SET LOCAL lock_timeout = {}", lock_timeout.count()), {});
    m_lock_timeout = lock_timeout;
    if (!m_waits_for_disk) defer("SET LOCAL synchronous_commit = off", {});
    m_in_transaction = true;
  }

  void commit() override {
    try {
      execute(k_commit);
      m_in_transaction = false;
    } catch (const Error&) {
      rollback();
      throw;
    }
  }

  void rollback() noexcept override {
    m_in_transaction = false;
    m_deferred.clear();
    try {
      m_session->exec("ROLLBACK");
    } catch (const std::exception&) {
      // Nothing was open, or the server has undone it with the connection.
    }
  }

  bool in_transaction() const override { return m_in_transaction; }

  void wait_for_disk(bool wait) override { m_waits_for_disk = wait; }

  void set_lock_timeout(std::chrono::milliseconds timeout) override {
    execute(fmt::format("SET lock_timeout = {}", timeout.count()));
    m_lock_timeout = timeout;
  }

  bool was_cancelled() const noexcept override { return m_was_cancelled; }

  void cancel() noexcept override {
    m_cancelled = true;
    try {
      m_connection->cancel_query();
    } catch (const std::exception&) {
      // The statement has ended, or the connection is gone: there is nothing to cancel.
    }
  }

  // Who may not read another role's start time still sees whose session it is.
  bool is_alive(const std::string& backend, const std::string& backend_start) override {
    return query("SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE pid::text = $1"
                 " AND usesysid::text = pg_catalog.split_part($2, '@', 2)"
                 " AND coalesce(extract(epoch FROM backend_start)::text = pg_catalog.split_part($2, '@', 1), "
                 "true))",
                 std::vector<Value>{backend, backend_start})
               .scalar()
           == "t";
  }

  void terminate(const std::string& backend, const std::string& backend_start) override {
    query("SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE pid::text = $1"
          " AND extract(epoch FROM backend_start)::text || '@' || usesysid::text = $2",
          std::vector<Value>{backend, backend_start});
  }

  std::vector<Blocker> blockers(std::span<const std::string> relations) override {
    std::vector<Blocker> found;
    const std::string waited = std::to_string(since_wait_began().count());
    for (const auto& row : query(embedded_sql("postgres/blockers.sql"), {text_array(relations), waited}).rows)
      found.push_back({*row[0], row[1].value_or(""), row[2].value_or(""),
                       row[3] ? human_duration(std::chrono::milliseconds(std::stoll(*row[3]))) : "",
                       one_line(row[4].value_or(""), 80)});
    return found;
  }

 private:
  // A pipeline of libpqxx sends all in one message, and tells by the number of results which statement
  // failed.
  void send_together(std::vector<std::string> texts, std::span<const std::string_view> statements) {
    const std::size_t before = texts.size();
    // Each on lines of its own, so that the line which the server shows for a mistake is one of the
    // statement.
    for (const std::string_view statement : statements) texts.push_back(fmt::format("\n{}\n", statement));
    pqxx::pipeline pipeline(*m_session);
    pipeline.retain(static_cast<int>(texts.size()));
    std::vector<pqxx::pipeline::query_id> sent;
    for (const std::string& text : texts) sent.push_back(pipeline.insert(text));
    for (std::size_t i = 0; i < sent.size(); ++i)
      run(
          i < before ? texts[i] : statements[i - before],
          [&](const std::string&) { return pipeline.retrieve(sent[i]); }, statements.front());
  }

  /// Whether a statement of a message with several may have given more than one result: there are rules. What
  /// the server did not refuse at all is a count of results that did not come out.
  bool may_be_mistaken(const Error& error) {
    if (error.sqlstate.empty()) return true;
    if (error.code != ErrorCode::statement) return false; // a lock that was not obtained, a signal
    try {
      m_session->exec("ROLLBACK");
      return query("SELECT EXISTS (SELECT FROM pg_catalog.pg_rewrite WHERE ev_type <> '1' AND oid >= 16384)",
                   {})
                 .scalar()
             == "t";
    } catch (const std::exception&) {
      return false;
    }
  }

  void set_up(bool read_only) {
    m_facts.server_version = m_connection->server_version();
    const Result facts = ask_facts(read_only);
    const std::vector<Value>& row = facts.rows.at(0);
    m_facts.database = row[0].value_or("");
    m_facts.role = row[1].value_or("");
    m_facts.superuser = row[2] == "on";
    m_facts.standby = row[3] == "t";
    m_facts.read_only_by_default = row[4] == "on";
    m_facts.may_set_replica_role = row[5] == "t";
    m_facts.backend = row[6].value_or("");
    m_facts.backend_start = row[7].value_or("");
    if (row[8] == "t" && m_whose == SessionOf::afloat) refuse_shadowing();
  }

  void refuse_shadowing() {
    const Result operators = query(embedded_sql("postgres/shadowing.sql"), {});
    if (!operators.rows.empty()) throw shadowed(operators.scalar().value_or(""), m_facts.role);
  }

  /// The last statement's result is what PQexec returns.
  std::string session_setup(bool read_only, bool check_interval) const {
    const std::string facts = ask_for_facts(m_facts.server_version, read_only);
    return m_whose == SessionOf::application ? facts
                                             : refuse_pooler(m_connection->backendpid())
                                                   + settings(m_facts.server_version, check_interval) + facts;
  }

  /// A tiny statement_timeout of the role can end even the statements that switch it off: they are tried
  /// again.
  Result ask_facts(bool read_only) {
    constexpr int k_tries = 20;
    bool check_interval = true;
    for (int tries = 1;; ++tries) {
      try {
        return query(session_setup(read_only, check_interval), {});
      } catch (const Error& error) {
        if (error.sqlstate == k_through_pooler) throw through_pooler();
        if (check_interval && (error.sqlstate == "22023" || error.sqlstate == "42704"))
          check_interval = false; // a platform without the check
        else if (error.sqlstate != "57014" || tries == k_tries)
          throw;
      }
      try {
        execute("SET statement_timeout = 0");
      } catch (const Error& error) {
        if (error.sqlstate != "57014") throw;
      }
    }
  }

  /// Of the lock that the last failure is about; 0 after a deadlock, where it is not known.
  std::chrono::milliseconds since_wait_began() const {
    if (!m_lock_missed) return {};
    const auto since = std::chrono::steady_clock::now() - *m_lock_missed;
    return m_lock_timeout + std::chrono::duration_cast<std::chrono::milliseconds>(since);
  }

  pqxx::result execute(std::string_view sql) {
    return run(sql, [&](const std::string& text) { return m_session->exec(with_deferred(text)); });
  }

  std::string with_deferred(const std::string& text) {
    std::string all;
    for (const std::string& deferred : std::exchange(m_deferred, {})) all += deferred + ";\n";
    return all + text;
  }

  /// Values as literals in the place of $1, $2, …; with parameters, the text has no other $.
  std::string filled_in(std::string_view sql, std::span<const Value> parameters) {
    if (parameters.empty()) return std::string(sql);
    std::string text;
    for (std::size_t i = 0; i < sql.size(); ++i) {
      if (sql[i] != '$') {
        text += sql[i];
        continue;
      }
      const Value& value = parameters[static_cast<std::size_t>(sql[++i] - '1')]; // there are never ten
      text += value ? m_connection->quote(*value) : "NULL";
    }
    return text;
  }

  /// `sent`: what stands for all that was sent, where the connection went before the answer.
  template <typename Call>
  pqxx::result run(std::string_view sql, Call call, std::string_view sent = {}) {
    try {
      return call(std::string(sql));
    } catch (const std::exception& error) {
      if (!m_connection->is_open())
        throw lost_connection(error.what(), sent.empty() ? sql : sent, sql == k_commit);
      Error failure = statement_error(error.what(), sql == k_commit ? "COMMIT" : sql, m_cancelled);
      if (failure.code == ErrorCode::permission && !m_facts.role.empty())
        failure.message += fmt::format(" (role {})", m_facts.role);
      if (failure.code == ErrorCode::interrupted) m_was_cancelled = true;
      m_lock_missed.reset();
      if (failure.sqlstate == k_lock_timeout) m_lock_missed = std::chrono::steady_clock::now();
      throw failure;
    }
  }

  std::unique_ptr<pqxx::connection> m_connection;
  std::unique_ptr<pqxx::nontransaction> m_session; ///< transactions are controlled by text
  std::vector<std::string> m_deferred;             ///< statements that go out in front of the next one
  SessionOf m_whose;
  SessionFacts m_facts;
  // A cancel() may reach the server only when the statement after the next one runs: it is never forgotten.
  std::atomic<bool> m_cancelled = false, m_was_cancelled = false;
  bool m_in_transaction = false;
  bool m_waits_for_disk = true;
  std::chrono::milliseconds m_lock_timeout{0};
  std::optional<std::chrono::steady_clock::time_point> m_lock_missed;
};
} // namespace

std::unique_ptr<Database> open_postgres(const ConnectOptions& options, SessionOf whose) {
  postgres::load_libpq();
  return std::make_unique<PostgresDatabase>(options, whose);
}

} // namespace afloat
