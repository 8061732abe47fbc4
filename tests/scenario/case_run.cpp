#include "scenario/case_run.hpp"

#include "scenario/transcript.hpp"
#include "support/places.hpp"
#include "support/postgres_server.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>

#include <fmt/format.h>

namespace afloat::test {
namespace {
std::filesystem::path source(const std::string& name) {
  return source_folder() / "tests/scenario/bad" / name;
}

/// What the ledger says, without the lease, which every runner takes.
std::string ledger_of(Database& database) {
  const bool postgres = database.dialect() == Dialect::postgres;
  std::string text;
  for (const char* what :
       {"version, label, name, checksum, state, in_attic FROM {}migrations",
        "version, id, state, position, rows FROM {}steps", "version, event, detail FROM {}events"}) {
    try {
      const Result rows = database.query(fmt::format(
          "SELECT {} ORDER BY 1, 2", fmt::format(fmt::runtime(what), postgres ? "afloat." : "afloat_")));
      for (const auto& row : rows.rows) {
        for (const Value& value : row) text += value.value_or("NULL") + "|";
        text += '\n';
      }
    } catch (const Error&) { // there is no ledger: the same as an empty one
    }
  }
  return text;
}

bool shows(const std::string& text, std::string_view word) {
  return text.find(word) != std::string::npos;
}

std::string marked(const std::string& text, std::string_view mark) {
  std::string result;
  std::vector<std::string> lines = split(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  for (const std::string& line : lines)
    result += fmt::format("{}{}{}\n", mark, line.empty() ? "" : " ", line);
  return result;
}

bool runs_afloat(const std::string& line) {
  static const std::regex word(R"((^|[ ;&|])afloat(_faulty)? )");
  return !line.starts_with("admin ") && !line.starts_with("sql ") && std::regex_search(line, word);
}
} // namespace

CaseRun::CaseRun(const Case& one, Dialect dialect) : m_case(one), m_world(make_world(dialect)) {
  std::filesystem::copy(source("start"), m_folder.path(), std::filesystem::copy_options::recursive);
  m_world->prepare(read_file(source("start/users.sql")));
  const auto folder_of = [](const std::string& program) {
    return std::filesystem::path(program).parent_path().string();
  };
  const char* path = std::getenv("PATH");
  m_environment = {{"PATH", fmt::format("{}:{}:{}", folder_of(afloat_program()), folder_of(faulty_program()),
                                        path ? path : "")},
                   {"AFLOAT_URL", m_world->url()},
                   {"APP_URL", m_world->app_url()},
                   {"START", source("start").string()},
                   {"FUNCTIONS", source("functions.sh").string()},
                   {"LEDGER", dialect == Dialect::postgres ? "afloat." : "afloat_"},
                   {"LC_ALL", "C"}};
  if (dialect == Dialect::sqlite) {
    m_environment["APP_DB"] = m_world->url().substr(7);
    return;
  }
  const PostgresServer& server = PostgresServer::instance();
  const std::string database = m_world->connect()->facts().database;
  m_environment.insert({{"DATABASE", database},
                        {"ADMIN_URL", server.url(database, "postgres")},
                        {"SOCKET", server.socket_folder()},
                        {"PG_BIN", folder_of(PostgresServer::binary("postgres"))},
                        {"STANDBY", server.socket_folder() + "/standby"},
                        {"STANDBY_URL", fmt::format("postgres:///postgres?host={}/standby&user=postgres",
                                                    server.socket_folder())},
                        {"PORT", std::to_string(server.port())}});
}

bool CaseRun::is_possible() {
  return m_case.needs.empty() || run_line(m_case.needs).status == 0;
}

Outcome CaseRun::run_line(const std::string& line) const {
  Command command{"/bin/sh",
                  {"-c", fmt::format(". {}; {}", source("functions.sh").string(), line)},
                  m_folder.path().string(),
                  m_environment};
  command.override_modes = false;
  return run(command);
}

Case CaseRun::outcome() {
  for (CaseItem& item : m_case.items) {
    if (item.kind == CaseItem::Kind::command) item.expected = run_command(item.text);
    if (item.kind != CaseItem::Kind::file) continue;
    const std::filesystem::path file = m_folder / item.text;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << item.content;
  }
  if (m_last_status != 0) m_complaints.emplace_back("the last command is not one that works");
  return m_case;
}

std::string CaseRun::run_command(const std::string& line) {
  const bool is_afloat = runs_afloat(line);
  const bool held = std::filesystem::exists(m_folder / "held"); // a lock that the comparison would wait for
  if (!held && (is_afloat || line.starts_with("hold "))) m_before = state();
  const Outcome outcome = run_line(line);
  if (is_afloat) judge(line, outcome);
  if (line == "release") compare(line);
  std::string text = marked(plain(outcome.out), ">") + marked(plain(outcome.err), "!");
  if (is_afloat || outcome.status != 0) text += fmt::format("exit {}\n", outcome.status);
  return text;
}

void CaseRun::judge(const std::string& line, const Outcome& outcome) {
  m_last_status = outcome.status;
  const std::string all = outcome.out + outcome.err;
  const auto complain = [&](std::string_view what) {
    m_complaints.push_back(fmt::format("{}: {}", line, what));
  };
  for (const std::string_view word : {"hush", "secret"})
    if (shows(all, word)) complain("a password is printed");
  for (const std::string_view word : {"pqxx", "std::", "terminate called", "unexpected:"})
    if (shows(all, word)) complain(fmt::format("\"{}\" is printed", word));
  if (outcome.status == 70 || (outcome.status > 128 && outcome.status != 130)) complain("it fell over");
  if (outcome.status > 1 && !shows(outcome.err, "\n  hint: ")) complain("there is no hint");
  const bool untouched = outcome.status >= 2 && outcome.status <= 6;
  if (outcome.status == 0 || (!untouched && !shows(all, "othing was changed."))) m_before.reset();
  compare(line);
}

/// A command that failed without being half-way has changed nothing, whether it says so or not.
void CaseRun::compare(const std::string& line) {
  if (!m_before || std::filesystem::exists(m_folder / "held")) return;
  const std::string changed = difference(*m_before, state());
  if (!changed.empty())
    m_complaints.push_back(fmt::format("{}: the database was changed:\n{}", line, changed));
  m_before.reset();
}

std::string CaseRun::state() {
  try {
    std::string text = m_world->dump();
    return text + ledger_of(*m_world->connect());
  } catch (const std::exception& error) {
    return fmt::format("cannot be read: {}\n", error.what()); // some cases break the database itself
  }
}

std::string CaseRun::plain(std::string text) const {
  for (const char* name : {"APP_URL", "AFLOAT_URL", "APP_DB", "STANDBY_URL", "SOCKET", "PORT", "DATABASE"})
    if (const auto found = m_environment.find(name); found != m_environment.end())
      text = replaced(std::move(text), found->second, std::string("$") + name);
  if (const std::string port = trimmed(read_file(m_folder / "port")); !port.empty())
    text = replaced(std::move(text), port, "$(cat port)");
  text = replaced(std::move(text), m_folder.path().string(), "$FOLDER");
  static const std::regex key(R"('\d+'::integer)"), file(R"(pg_tblspc/[^"]+)");
  text = std::regex_replace(text, key, "'KEY'::integer"); // batches are as long as the machine is fast
  text = std::regex_replace(text, file, "pg_tblspc/FILE");
  return without_times(std::move(text));
}

} // namespace afloat::test
