#pragma once

#include "commands/session.hpp"
#include "planning/planner.hpp"
#include "planning/selection.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <set>

namespace afloat {

/// Files and ledger side by side, compared. Files are parsed only where they are pending.
struct Work {
  Config config;
  std::vector<Migration> migrations;
  std::vector<LedgerEntry> entries;
  Target target;
};

/// Of the database that is configured; without a URL, as `dialect` under [project] says.
Dialect dialect_of(const Config& config);
/// The files of the configured directory; the target as typed.
Work load_work(const Arguments& arguments);

struct OpenWork {
  Work work;
  std::unique_ptr<Database> database; ///< cannot write
};
/// load_work() and read_ledger() in one, and beside each other: the files are read while the database
/// answers. What is wrong with the files is told before what is wrong with the database.
OpenWork open_work(const Arguments& arguments);
/// Reads the ledger, checks it against the files and parses those that it does not have.
void read_ledger(Work& work, Ledger& ledger);
/// Those of the target that are not started.
std::vector<const Migration*> fresh_migrations(const Work& work);
/// Parses the files that the ledger does not have; offline that is all of them.
void parse_pending(Work& work);

/// Makes fresh plans for the migrations of a run, looking at the database only when it must.
class PlanMaker {
 public:
  /// show_closed: assume_contracted() follows each plan.
  enum class Purpose { show, show_closed, execute };
  /// `database`: null plans from files alone. To show a chain, each plan is made from what the one before it
  /// would leave.
  PlanMaker(const Work& work, Database* database, Purpose purpose);
  Plan make(const Migration& migration);
  /// Whether make() would look at the database first.
  bool must_look(const Migration& migration) const;
  /// make() without asking the database anything: any thread may do so. Nothing where it must look, or where
  /// there is an error: make() then looks anew, and tells.
  std::optional<Plan> make_blindly(const Migration& migration);
  /// Looks at what people have written in all that is pending, before the first of it is run; make() does so
  /// for one migration.
  void check_written();
  /// For planning what comes after, as if the window of the migration just planned were closed.
  void assume_contracted();
  /// Those that are known of what the plans so far would leave; none before the first.
  std::vector<RelationName> tables() const;
  std::vector<RelationName> views() const;
  /// The next plan is made from a new look at the database.
  void forget() { m_schema.reset(); }

 private:
  void look(const Migration& migration);
  bool has_windows() const; ///< open ones, or shapes in the attic
  /// Statements that need no look at the database: many small files cost none. What comes after them looks
  /// anew. With a window open, what they do to its columns must be known.
  bool needs_no_schema(const Migration& migration) const;
  void require_usable_schemas(const Migration& migration);
  bool has_not_seen(const Migration& migration) const;
  /// `blank`: it needs no schema.
  Plan plan_of(const Migration& migration, bool blank);

  const Work& m_work;
  Database* m_database;
  Purpose m_purpose;
  std::unique_ptr<SqlWriter> m_writer;
  std::optional<Schema> m_schema;
  std::set<std::int64_t> m_seen; ///< versions whose tables it has
  /// Offline, and to show a chain with its windows closed: after the migration just planned, where it has
  /// one.
  std::optional<Schema> m_closed;
};

/// Runs a part of a migration; an error of one of its steps gets the place in the file that the step comes
/// from.
void located(const Migration* migration, const std::function<void()>& body);

/// Why a migration cannot start yet: an open window or an attic that shares a column with it. Empty if it
/// can.
std::string window_in_the_way(const Plan& plan, const Work& work, Ledger& ledger);

} // namespace afloat
