#include "scenario/transcript.hpp"

#include "support/golden.hpp"
#include "support/postgres_server.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <fstream>
#include <regex>

#include <fmt/format.h>

namespace afloat::test {
namespace {
struct Rule {
  std::regex pattern;
  const char* by;
};

std::string quoted(const std::string& word) {
  return word.empty() || word.find_first_of(" '\"") != std::string::npos ? "'" + word + "'" : word;
}
} // namespace

std::string without_times(std::string text) {
  static const std::vector<Rule> rules{
      {std::regex(R"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?)"), "TIME"},
      {std::regex(R"(done in \d[\d.]* m?s)"), "done in TIME"},
      {std::regex(R"(, for \d[\d.]* m?s)"), ", for TIME"},
      {std::regex(R"((transaction for|heartbeat|active for) \d[\d.]* m?s)"), "$1 TIME"},
      {std::regex(R"(process \d+ on [^),\s]+)"), "process PID on HOST"},
      {std::regex(R"(the last \d[\d.]* m?s ago)"), "the last TIME ago"},
      {std::regex(R"(waiting \d[\d.]* m?s)"), "waiting TIME"},
      {std::regex(R"(next in \d[\d.]* m?s)"), "next in TIME"},
      {std::regex(R"((in|for) 6 days)"), "$1 DAYS"},
      {std::regex(R"(\(\d+ attempts?\))"), "(N attempts)"},
      {std::regex(R"(attempt \d+: )"), "attempt N: "},
      {std::regex(R"(pid \d+)"), "pid PID"},
  };
  for (const Rule& rule : rules) text = std::regex_replace(text, rule.pattern, rule.by);
  return text;
}

Transcript::Transcript(World& world) : m_world(world) {
  std::filesystem::create_directories(m_folder / "migrations");
  std::ofstream(m_folder / "afloat.toml") << "[contract]\nquiet = \"0\"\n";
  also_replace(world.url(), "URL");
  if (world.dialect() == Dialect::sqlite) also_replace(world.url().substr(7), "APP.DB");
}

void Transcript::migration(const std::string& name, const std::string& text) {
  std::ofstream(m_folder / "migrations" / (name + ".toml"), std::ios::binary) << text;
}

Outcome Transcript::afloat(const std::vector<std::string>& arguments) {
  return afloat_at(m_world.url(), arguments);
}

Outcome Transcript::afloat_at(const std::string& url, const std::vector<std::string>& arguments) {
  std::vector<std::string> words = arguments;
  if (!url.empty()) words.insert(words.begin(), {"--url", url});
  const Outcome outcome = run({afloat_program(), words, m_folder.path().string(), m_environment});
  m_text += "$ afloat";
  if (!url.empty() && url != m_world.url()) m_text += " --url " + quoted(plain(url));
  for (const std::string& word : arguments) m_text += " " + quoted(plain(word));
  // "hush" is the password in every URL of these tests; the command line, which the shell shows anyway, may
  // hold it.
  m_leaked = m_leaked || (outcome.out + outcome.err).find("hush") != std::string::npos;
  m_text += "\n" + plain(outcome.out);
  if (!outcome.out.empty() && !outcome.out.ends_with('\n')) m_text += "(no line feed)\n";
  auto lines = split(plain(outcome.err), '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  for (const std::string& line : lines) m_text += "! " + line + "\n";
  m_text += fmt::format("exit {}\n", outcome.status);
  return outcome;
}

std::string Transcript::plain(std::string text) const {
  for (const auto& [from, to] : m_words) text = replaced(std::move(text), from, to);
  text = replaced(std::move(text), m_folder.path().string(), "FOLDER");
  if (m_world.dialect() == Dialect::postgres) {
    const PostgresServer& server = PostgresServer::instance();
    text = replaced(std::move(text), server.socket_folder(), "SOCKET");
    text = replaced(std::move(text), std::to_string(server.port()), "PORT");
    text = std::regex_replace(text, std::regex("test_[0-9]+"), "DATABASE");
  }
  return without_times(std::move(text));
}

void Transcript::check(const std::string& name) const {
  CHECK_FALSE(m_leaked);
  check_golden("scenario/expected/" + name + "_" + std::string(name_of(m_world.dialect())) + ".txt", m_text);
}

} // namespace afloat::test
