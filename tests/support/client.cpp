#include "support/client.hpp"

#include "support/wait.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat::test {
namespace {
std::string filled(std::string text, int key, const std::string& value) {
  const auto replace = [&](std::string_view word, const std::string& by) {
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size()))
      text.replace(at, word.size(), by);
  };
  replace("{key}", std::to_string(key));
  replace("{value}", value);
  return text;
}

std::unique_ptr<Database> connect_as_application(const World& world) {
  auto database = world.connect_app();
  if (world.dialect() == Dialect::sqlite) database->query("PRAGMA busy_timeout = 20000");
  return database;
}

/// Statements with ";;" between them are one transaction; the result is that of the last.
Result run_written(Database& database, const std::string& sql) {
  constexpr std::string_view between = ";;";
  if (sql.find(between) == std::string::npos) return database.query(sql);
  database.query(database.dialect() == Dialect::sqlite ? "BEGIN IMMEDIATE" : "BEGIN");
  Result result;
  for (std::size_t at = 0; at < sql.size();) {
    const std::size_t end = std::min(sql.find(between, at), sql.size());
    result = database.query(sql.substr(at, end - at));
    at = end + between.size();
  }
  database.query("COMMIT");
  return result;
}
} // namespace

Client::Client(const World& world, Release release, std::string name, int first_key, int keys, Journal start)
    : m_world(world), m_release(std::move(release)), m_name(std::move(name)), m_first(first_key),
      m_keys(keys), m_random(static_cast<unsigned>(first_key) * 7919U + 1U), m_journal(std::move(start)) {
  m_thread = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

Client::~Client() = default;

void Client::work(const std::stop_token& stop) {
  try {
    const auto database = connect_as_application(m_world);
    while (!stop.stop_requested()) {
      write_one(*database);
      ++m_writes;
      // A writer without any pause keeps SQLite's one write lock from everybody else.
      std::this_thread::sleep_for(std::chrono::milliseconds(m_world.dialect() == Dialect::sqlite ? 2 : 1));
    }
  } catch (const Error& error) {
    const std::lock_guard lock(m_mutex);
    m_failure = fmt::format("{}: {} {} ({})", m_name, error.sqlstate, error.message, error.sql);
    m_failed = true;
  }
}

void Client::write_one(Database& database) {
  m_random = m_random * 1664525U + 1013904223U;
  const int key = m_first + static_cast<int>((m_random >> 8U) % static_cast<unsigned>(m_keys));
  const std::string value = fmt::format("{}_{}_{}", m_name, key, m_writes.load());
  const auto found = m_journal.find(key);
  const bool present = found != m_journal.end() && found->second.has_value();
  const bool erases = present && !m_release.erase.empty() && (m_random >> 4U) % 5U == 0;
  const std::string& sql = !present ? m_release.insert : erases ? m_release.erase : m_release.update;
  const Result result = run_written(database, filled(sql, key, value));
  if (result.affected != 1)
    throw Error(ErrorCode::statement,
                fmt::format("{} rows instead of 1: {}", result.affected, filled(sql, key, value)));
  if (erases)
    m_journal[key].reset();
  else
    m_journal[key] = value;
}

void Client::write_more(int count) {
  const int goal = m_writes + count;
  const std::chrono::seconds limit(std::max(60, count / 20));
  wait_until(
      fmt::format("{} writes by {}", count, m_name), [&] { return m_failed || m_writes >= goal; }, limit);
}

void Client::stop() {
  m_thread.request_stop();
  if (m_thread.joinable()) m_thread.join();
}

std::string Client::failure() {
  const std::lock_guard lock(m_mutex);
  return m_failure;
}

Journal Client::journal() {
  stop();
  return m_journal;
}

std::string lost_writes(const World& world, const Release& release, const Journal& journal) {
  std::map<int, std::string> found;
  for (const auto& row : connect_as_application(world)->query(release.read).rows)
    found[std::stoi(row.at(0).value_or("0"))] = row.at(1).value_or("NULL");
  std::string lost;
  for (const auto& [key, value] : journal) {
    const auto at = found.find(key);
    const std::string reads = at == found.end() ? "no row" : at->second;
    if (reads != value.value_or("no row"))
      lost += fmt::format("key {}: acknowledged {}, reads {}\n", key, value.value_or("no row"), reads);
  }
  return lost;
}

} // namespace afloat::test
