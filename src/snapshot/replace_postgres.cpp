#include "dialect/copy_session.hpp"
#include "snapshot/compare_postgres.hpp"
#include "snapshot/database_settings.hpp"
#include "snapshot/fill_postgres.hpp"
#include "snapshot/postgres.hpp"
#include "snapshot/replace.hpp"
#include "snapshot/scratch.hpp"
#include "snapshot/sessions_postgres.hpp"
#include "support/file.hpp"
#include "support/text.hpp"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace afloat {
namespace {
using namespace postgres_copy;

/// The comment of a restored database that is whole, up to the name of the snapshot of what it replaces.
std::string waiting_comment(const Replacing& replacing) {
  const Found& found = replacing.request.found;
  return fmt::format(
      "{}; it holds all of snapshot {} ({}), to take the place of {}, of which there is snapshot ",
      k_scratch_mark, found.name, sha256(read_whole(found.folder / "manifest.json")).substr(0, 16),
      replacing.request.into);
}

/// What would stay with the replaced database, where somebody would miss it.
struct Bond {
  std::string_view what, query, hint; ///< {} in the query: the database's name
};
constexpr std::array k_bonds{
    Bond{"replication slot", "SELECT slot_name FROM pg_catalog.pg_replication_slots WHERE database = {}",
         "Drop it, and have its reader begin again afterwards."},
    Bond{"subscription",
         "SELECT subname FROM pg_catalog.pg_subscription WHERE subenabled AND subdbid = (SELECT oid FROM "
         "pg_catalog.pg_database WHERE datname = {})",
         "Disable it: ALTER SUBSCRIPTION … DISABLE."},
    Bond{"prepared transaction", "SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE database = {}",
         "End it: COMMIT PREPARED or ROLLBACK PREPARED."},
    Bond{"security label",
         "SELECT label FROM pg_catalog.pg_shseclabel l JOIN pg_catalog.pg_database d ON d.oid = l.objoid AND "
         "l.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass WHERE datname = {}",
         "Restore into a new database (--into), and let the two change names yourself."},
};

void require_rights(CopySession& session, const std::string& database) {
  const auto row =
      session
          .query(fmt::format(
              "SELECT current_user, pg_catalog.pg_has_role(datdba, 'USAGE'), r.rolcreatedb OR r.rolsuper, "
              "pg_catalog.pg_get_userbyid(datdba) FROM pg_catalog.pg_database, pg_catalog.pg_roles r WHERE "
              "datname = {} AND r.rolname = current_user",
              literal(database)))
          .at(0);
  const std::string role = row[0].value_or("");
  if (row[1] != "t")
    throw Error(
        ErrorCode::permission, fmt::format("role {} does not own database \"{}\"", role, database),
        fmt::format("Connect as {}, or as a member of it. Nothing was changed.", row[3].value_or("")));
  if (row[2] != "t")
    throw Error(
        ErrorCode::permission, fmt::format("role {} may not make and rename databases", role),
        fmt::format("Give it the right: ALTER ROLE {} CREATEDB. Nothing was changed.", sql_name(role)));
}

/// Owner, rights and settings come along, or nothing is done: better told before the rows are restored.
void try_to_be_like(CopySession& admin, const std::string& like, const std::string& database) {
  admin.script("BEGIN");
  try {
    for (const std::string& statement : statements_to_be_like(admin, like, database)) admin.script(statement);
  } catch (Error& error) {
    admin.script("ROLLBACK");
    error.message = fmt::format("what is set for database \"{}\" cannot be given to another one: {}", like,
                                error.message);
    error.hint = "Connect as a superuser for this, or take it away and set it again afterwards. Nothing was "
                 "changed.";
    throw;
  }
  admin.script("ROLLBACK");
}

void fill_and_compare(const Replacing& replacing, const std::string& database, const SnapshotWatch& watch) {
  Restored restored;
  fill(replacing.request, database, watch, restored);
  if (!restored.problems.empty())
    throw Error(ErrorCode::undone,
                fmt::format("not all of {} could be made: {}", replacing.request.found.name,
                            one_line(join(restored.problems, "; "), 1000)),
                "Restore it with --into to look at it. Nothing was changed.");
  watch.reached("before restored database is compared");
  const std::vector<std::string> wrong = differences_from(replacing.request, database, restored, watch);
  if (!wrong.empty())
    throw Error(
        ErrorCode::refused,
        fmt::format("what came of {} is not the same: {}", replacing.request.found.name, join(wrong, "; ")),
        "Restore it with --into to look at it. Nothing was changed.");
}

} // namespace

std::string name_beside(const std::string& database) {
  return beginning_of_name(database) + "_afloat_restoring";
}

void require_replaceable(const Replacing& replacing, const SnapshotWatch& watch) {
  const std::string& database = replacing.request.into;
  const auto session =
      open_copy_session(replacing.request.connect, "", replacing.request.lock_timeout, watch.watch);
  require_rights(*session, database);
  for (const Bond& bond : k_bonds)
    if (const auto rows = session->query(fmt::format(fmt::runtime(bond.query), literal(database)));
        !rows.empty())
      throw Error(ErrorCode::refused,
                  fmt::format("{} {} would stay with the database that is replaced", bond.what,
                              rows[0][0].value_or("")),
                  fmt::format("{} Nothing was changed.", bond.hint));
  if (replacing.end_sessions) return require_right_to_end(*session, database, watch.watch);
  if (auto sessions = sessions_that_stay(*session, database, Sessions::all, watch.watch); !sessions.empty())
    throw connected(database, std::move(sessions),
                    "End them, or give --end-sessions: they are ended when the restored database takes its "
                    "place. Nothing was changed.");
}

std::optional<std::string> waiting_beside(const Replacing& replacing) {
  const auto session =
      open_copy_session(replacing.request.connect, "", replacing.request.lock_timeout, [] {});
  const std::string comment = comment_of(*session, name_beside(replacing.request.into)),
                    waiting = waiting_comment(replacing);
  return comment.starts_with(waiting) ? std::optional(comment.substr(waiting.size())) : std::nullopt;
}

void restore_beside(const Replacing& replacing, const std::string& replaced, const SnapshotWatch& watch) {
  const RestoreRequest& request = replacing.request;
  const std::string beside = name_beside(request.into);
  watch.reached("before restore");
  ScratchDatabase scratch(request.connect, request.lock_timeout, watch.watch, Likeness::place_too);
  drop_marked(scratch.admin(), beside); // of another snapshot, or of other contents of this one
  if (database_exists(scratch.admin(), beside))
    throw Error(
        ErrorCode::usage, fmt::format("database \"{}\" is there already", beside),
        "It does not carry afloat's mark: look what is in it, and drop or rename it. Nothing was changed.");
  try_to_be_like(scratch.admin(), request.into, scratch.name());
  watch.reached("before restored database is filled");
  fill_and_compare(replacing, scratch.name(), watch);
  watch.reached("before restored database waits");
  scratch.let_wait_as(beside, waiting_comment(replacing) + replaced);
}

} // namespace afloat
