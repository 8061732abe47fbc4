#include "dialect/copy_session.hpp"

#include "dialect/postgres/errors.hpp"
#include "dialect/postgres/libpq.hpp"

#include <array>
#include <cstdlib>
#include <poll.h>
#include <utility>

#include <fmt/format.h>
#include <libpq-fe.h>

namespace afloat {
namespace {
constexpr int k_poll_ms = 100;

struct Free {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using Connection = std::unique_ptr<PGconn, Free>;
using Answer = std::unique_ptr<PGresult, Free>;

void cancel(PGconn* connection) noexcept {
  PGcancel* const handle = PQgetCancel(connection);
  std::array<char, 256> reason{};
  if (handle != nullptr) PQcancel(handle, reason.data(), reason.size());
  PQfreeCancel(handle);
}

class Session final : public CopySession {
 public:
  Session(const ConnectOptions& options, const std::string& database, std::function<void()> watch)
      : m_watch(std::move(watch)) {
    postgres::load_libpq();
    const std::string timeout =
        std::to_string(std::max<std::int64_t>(2, options.connect_timeout.count() / 1000));
    // What stands later wins over the URL, which libpq reads as a dbname.
    const bool own_timeout = std::getenv("PGCONNECT_TIMEOUT") == nullptr
                             && options.url.find("connect_timeout=") == std::string::npos;
    const std::array<const char*, 5> keys{"dbname", "fallback_application_name",
                                          own_timeout ? "connect_timeout" : "fallback_application_name",
                                          database.empty() ? nullptr : "dbname", nullptr};
    const std::array<const char*, 5> values{
        options.url.c_str(), "afloat", own_timeout ? timeout.c_str() : "afloat", database.c_str(), nullptr};
    m_connection.reset(PQconnectdbParams(keys.data(), values.data(), 1));
    if (PQstatus(raw()) != CONNECTION_OK) throw connect_error(PQerrorMessage(raw()), options.safe_url);
    PQsetErrorVerbosity(raw(), PQERRORS_VERBOSE);
    PQsetNoticeProcessor(raw(), [](void*, const char*) {}, nullptr);
  }

  int server_version() const override { return PQserverVersion(raw()); }

  std::vector<std::vector<Value>> query(const std::string& sql) override {
    const Answer answer = run(sql);
    std::vector<std::vector<Value>> rows(static_cast<std::size_t>(PQntuples(answer.get())));
    for (std::size_t row = 0; row < rows.size(); ++row)
      for (int column = 0; column < PQnfields(answer.get()); ++column) {
        const int at = static_cast<int>(row);
        rows[row].push_back(PQgetisnull(answer.get(), at, column) != 0
                                ? Value()
                                : Value(PQgetvalue(answer.get(), at, column)));
      }
    return rows;
  }

  void script(const std::string& sql) override { run(sql); }

  std::int64_t copy_out(const std::string& sql, const Sink& row) override {
    send(sql);
    if (const Answer answer = next(sql); PQresultStatus(answer.get()) != PGRES_COPY_OUT)
      throw failure(sql, answer.get());
    for (;;) {
      char* text = nullptr;
      const int size = PQgetCopyData(raw(), &text, 1);
      if (size > 0) {
        const std::unique_ptr<char, void (*)(void*)> owner(text, PQfreemem);
        row(std::string_view(text, static_cast<std::size_t>(size)));
        if ((++m_messages & 0xfffU) == 0) watched();
      } else if (size == 0)
        await();
      else
        break;
    }
    return ended(sql);
  }

  std::int64_t copy_in(const std::string& sql, const Source& source) override {
    send(sql);
    if (const Answer answer = next(sql); PQresultStatus(answer.get()) != PGRES_COPY_IN)
      throw failure(sql, answer.get());
    try {
      source([&](std::string_view bytes) {
        watched();
        if (PQputCopyData(raw(), bytes.data(), static_cast<int>(bytes.size())) != 1)
          throw failure(sql, nullptr);
      });
    } catch (...) {
      PQputCopyEnd(raw(), "stopped by afloat");
      drain();
      throw;
    }
    if (PQputCopyEnd(raw(), nullptr) != 1) throw failure(sql, nullptr);
    return ended(sql);
  }

  std::map<std::string, std::string> environment() const override {
    std::map<std::string, std::string> variables;
    const std::unique_ptr<PQconninfoOption, Free> all(PQconninfo(raw()));
    for (const PQconninfoOption* one = all.get(); one != nullptr && one->keyword != nullptr; ++one)
      if (one->envvar != nullptr && one->val != nullptr && *one->val != '\0')
        variables[one->envvar] = one->val;
    return variables;
  }

 private:
  PGconn* raw() const { return m_connection.get(); }

  void watched() {
    try {
      m_watch();
    } catch (...) {
      cancel(raw());
      drain();
      throw;
    }
  }

  /// Until something has come from the server.
  void await() {
    pollfd file{PQsocket(raw()), POLLIN, 0};
    while (poll(&file, 1, k_poll_ms) == 0) watched();
    if (PQconsumeInput(raw()) == 0) throw lost_connection(PQerrorMessage(raw()), "", false);
  }

  void send(const std::string& sql) {
    if (PQsendQuery(raw(), sql.c_str()) != 1) throw failure(sql, nullptr);
  }

  Answer next(const std::string&) {
    while (PQisBusy(raw()) != 0) await();
    return Answer(PQgetResult(raw()));
  }

  /// The result of the last statement of the text.
  Answer run(const std::string& sql) {
    send(sql);
    Answer last;
    for (Answer answer = next(sql); answer; answer = next(sql)) {
      const ExecStatusType status = PQresultStatus(answer.get());
      if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) {
        const Error error = failure(sql, answer.get());
        drain();
        throw error;
      }
      last = std::move(answer);
    }
    return last;
  }

  std::int64_t ended(const std::string& sql) {
    const Answer answer = next(sql);
    if (PQresultStatus(answer.get()) != PGRES_COMMAND_OK) {
      const Error error = failure(sql, answer.get());
      drain();
      throw error;
    }
    const std::int64_t rows = std::atoll(PQcmdTuples(answer.get()));
    drain();
    return rows;
  }

  void drain() noexcept {
    while (const Answer answer{PQgetResult(raw())}) {
      if (PQresultStatus(answer.get()) != PGRES_COPY_OUT) continue;
      char* text = nullptr;
      while (PQgetCopyData(raw(), &text, 0) > 0) PQfreemem(text);
    }
  }

  Error failure(const std::string& sql, const PGresult* answer) {
    if (PQstatus(raw()) != CONNECTION_OK) return lost_connection(PQerrorMessage(raw()), sql, false);
    return statement_error(answer ? PQresultErrorMessage(answer) : PQerrorMessage(raw()), sql, false);
  }

  Connection m_connection;
  std::function<void()> m_watch;
  unsigned m_messages = 0;
};
} // namespace

std::unique_ptr<CopySession> open_copy_session(const ConnectOptions& options, const std::string& database,
                                               std::chrono::milliseconds lock_timeout,
                                               std::function<void()> watch) {
  auto session = std::make_unique<Session>(options, database, std::move(watch));
  // As for Database: a policy that would hide rows is an error, not fewer rows.
  session->script(fmt::format(
      "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET idle_session_timeout = 0;"
      "{} SET lock_timeout = {}; SET row_security = off; SET DateStyle = ISO;"
      " SELECT pg_catalog.set_config('client_encoding', pg_catalog.getdatabaseencoding(), false)",
      session->server_version() >= 170000 ? " SET transaction_timeout = 0;" : "", lock_timeout.count()));
  return session;
}

} // namespace afloat
