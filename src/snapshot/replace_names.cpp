#include "dialect/copy_session.hpp"
#include "snapshot/database_settings.hpp"
#include "snapshot/postgres.hpp"
#include "snapshot/replace.hpp"
#include "snapshot/sessions_postgres.hpp"
#include "support/text.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace afloat {
namespace {
using namespace postgres_copy;

constexpr std::string_view k_in_use = "55006";
constexpr std::chrono::milliseconds k_lock_timeout{5'000};
constexpr const char* k_end_them = "End them, or give --end-sessions.";

/// The database beside this one stays, although nothing was changed.
void say_that_it_waits(Error& error, const std::string& database) {
  const std::string hint =
      error.code == ErrorCode::interrupted ? "" : trimmed(replaced(error.hint, "Nothing was changed.", ""));
  error.hint =
      fmt::format("{}{}\"{}\" is restored and waits: the same command goes on; DROP DATABASE gives it "
                  "up. Nothing was changed.",
                  hint, hint.empty() ? "" : " ", name_beside(database));
}

std::unique_ptr<CopySession> open_aside(const Replacing& replacing, const std::function<void()>& watch) {
  std::string why;
  for (const char* name : {"postgres", "template1"}) try {
      if (name != replacing.request.into)
        return open_copy_session(replacing.request.connect, name, k_lock_timeout, watch);
    } catch (const Error& error) {
      why = error.message;
    }
  throw Error(ErrorCode::connection,
              fmt::format("a database that changes its name lets nobody in, and there is no other one to "
                          "connect to: {}",
                          why),
              "Let this role connect to database postgres. Nothing was changed.");
}

std::string free_name(CopySession& session, const std::string& database) {
  const std::string first = beginning_of_name(database) + "_replaced";
  std::string name = first;
  for (int number = 2; database_exists(session, name); ++number) name = fmt::format("{}_{}", first, number);
  return name;
}

void rename(CopySession& session, const std::string& from, const std::string& to) {
  session.script(fmt::format("ALTER DATABASE {} RENAME TO {}", sql_name(from), sql_name(to)));
}

void comment(CopySession& session, const std::string& database, const std::string& text) {
  session.script(
      fmt::format("COMMENT ON DATABASE {} IS {}", sql_name(database), text.empty() ? "NULL" : literal(text)));
}

/// `committing`: set before the moment from which the change may be there.
std::string change_names_until(bool& committing, const Replacing& replacing, const SnapshotWatch& watch) {
  const std::string& database = replacing.request.into;
  std::unique_ptr<CopySession> ender;
  // While a name is changed nobody new comes in, and the server waits for those who are there to leave.
  const auto aside = open_aside(replacing, [&] {
    if (!committing) watch.watch();
    if (ender) end_sessions(*ender, database);
  });
  if (!replacing.end_sessions)
    if (auto sessions = sessions_that_stay(*aside, database, Sessions::all, watch.watch); !sessions.empty())
      throw connected(database, std::move(sessions), k_end_them);
  watch.reached("before databases change names");
  aside->script("BEGIN");
  const std::string kept = free_name(*aside, database), before = comment_of(*aside, database);
  try {
    if (replacing.end_sessions) ender = open_aside(replacing, [] {});
    rename(*aside, database, kept);
    ender.reset();
    rename(*aside, name_beside(database), database);
  } catch (const Error& error) {
    if (error.sqlstate != k_in_use) throw;
    ender.reset();
    aside->script("ROLLBACK");
    std::vector<std::string> sessions = sessions_in(*aside, database, Sessions::all);
    if (sessions.empty()) throw;
    throw connected(database, std::move(sessions), k_end_them);
  }
  for (const std::string& statement : statements_to_be_like(*aside, kept, database)) aside->script(statement);
  comment(*aside, database, before);
  comment(*aside, kept,
          fmt::format("afloat: this was {} until snapshot {} took its place", database,
                      replacing.request.found.name));
  watch.reached("before changed names are committed");
  committing = true;
  aside->script("COMMIT");
  watch.reached("after restore");
  return kept;
}
} // namespace

std::string change_names(const Replacing& replacing, const SnapshotWatch& watch) {
  bool committing = false;
  try {
    return change_names_until(committing, replacing, watch);
  } catch (Error& error) {
    if (!committing) say_that_it_waits(error, replacing.request.into);
    throw;
  }
}

} // namespace afloat
