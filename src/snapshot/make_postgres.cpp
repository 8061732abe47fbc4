#include "dialect/copy_session.hpp"
#include "snapshot/make.hpp"
#include "snapshot/postgres.hpp"
#include "snapshot/size_postgres.hpp"
#include "snapshot/tools.hpp"
#include "support/compression.hpp"
#include "support/file.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <exception>
#include <functional>
#include <future>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

#include <fmt/format.h>

namespace afloat {
namespace {
using namespace postgres_copy;

constexpr std::string_view k_begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
constexpr std::int64_t k_worth_a_worker = 16 << 20; // bytes; below, connecting costs more than it gains

struct Job {
  StoredTable table;
  SizeOnDisk on_disk;
  CopySize size; ///< expected
};

/// The tables with all that inherit from them or are their partitions, largest first.
std::vector<Job> jobs_of(CopySession& session, std::span<const RelationName> tables) {
  std::string names;
  for (const RelationName& table : tables)
    names += (names.empty() ? "" : ", ") + literal(sql_name(table)) + "::pg_catalog.regclass";
  if (names.empty()) return {};
  std::vector<Job> jobs;
  for (const auto& row : session.query(fmt::format(
           "WITH RECURSIVE t(id) AS (SELECT pg_catalog.unnest(ARRAY[{}])::pg_catalog.oid UNION SELECT "
           "i.inhrelid "
           "FROM pg_catalog.pg_inherits i JOIN t ON i.inhparent = t.id) SELECT n.nspname, c.relname, "
           "pg_catalog.pg_table_size(c.oid), pg_catalog.pg_relation_size(c.oid) FROM t JOIN "
           "pg_catalog.pg_class c ON c.oid = t.id JOIN "
           "pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' ORDER BY 3 DESC, 1, 2",
           names))) {
    Job& job = jobs.emplace_back();
    job.table.name = {row[0].value_or(""), row[1].value_or("")};
    job.on_disk = {std::stoll(row[2].value_or("0")), std::stoll(row[3].value_or("0"))};
  }
  return jobs;
}

/// Of each, and of all together in a snapshot.
std::int64_t expect_sizes(CopySession& session, std::vector<Job>& jobs) {
  std::int64_t all = 0;
  for (Job& job : jobs) {
    job.size = expected_size(session, job.table.name, job.on_disk);
    all += job.size.compressed;
  }
  return all;
}

std::string file_name(std::size_t number, const RelationName& table) {
  std::string name = display(table).substr(0, 60);
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '_' && c != '-') c = '_';
  return fmt::format("tables/{:04}-{}.copy.zst", number, name);
}

void read_columns(CopySession& session, StoredTable& table) {
  for (const auto& row : session.query(fmt::format(
           "SELECT attname, pg_catalog.format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute "
           "WHERE attrelid = {}::pg_catalog.regclass AND attnum > 0 AND NOT attisdropped AND "
           "attgenerated = '' ORDER BY attnum",
           literal(sql_name(table.name))))) {
    table.columns.push_back(row[0].value_or(""));
    table.types.push_back(row[1].value_or(""));
  }
}

/// Of the serial and identity columns. They are not of the moment: a sequence never is.
void read_sequences(CopySession& session, const StoredTable& table, Manifest& manifest) {
  for (const auto& row : session.query(fmt::format(
           "SELECT n.nspname, c.relname FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = "
           "d.objid AND c.relkind = 'S' JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE "
           "d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = "
           "{}::pg_catalog.regclass AND d.deptype IN ('a', 'i') ORDER BY 1, 2",
           literal(sql_name(table.name))))) {
    SequenceValue value{{row[0].value_or(""), row[1].value_or("")}};
    const auto state =
        session.query(fmt::format("SELECT last_value, is_called FROM {}", sql_name(value.name)));
    value.last = std::stoll(state.at(0)[0].value_or("0"));
    value.called = state.at(0)[1] == "t";
    manifest.sequences.push_back(value);
  }
}

/// Tables copied by several connections that see one moment. The first connection holds the locks: it alone
/// takes what another one cannot lock because somebody waits for a strong lock behind it.
class Copier {
 public:
  Copier(const SnapshotRequest& request, const SnapshotWatch& watch, const NewSnapshot& place,
         std::vector<Job>& jobs)
      : m_request(request), m_watch(watch), m_place(place), m_jobs(jobs), m_parts(jobs.size()) {
    m_total = std::accumulate(jobs.begin(), jobs.end(), std::int64_t{0},
                              [](std::int64_t sum, const Job& job) { return sum + job.size.rows; });
  }

  void run(CopySession& first, const std::string& moment) {
    const auto large =
        std::ranges::count_if(m_jobs, [](const Job& job) { return job.size.rows >= k_worth_a_worker; });
    std::vector<std::jthread> workers;
    for (std::int64_t i = 1; i < std::min<std::int64_t>(m_request.settings.jobs, large); ++i) {
      ++m_working;
      workers.emplace_back([this, moment] { work(moment); });
    }
    try {
      while (const auto number = next()) copy(first, *number, m_watch.watch);
      while (m_working > 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        m_watch.watch();
      }
      while (const auto number = next()) copy(first, *number, m_watch.watch);
    } catch (...) {
      m_stop = true;
      throw;
    }
    workers.clear();
    if (m_failure) std::rethrow_exception(m_failure);
  }

  std::vector<StoredPart> parts() const {
    std::vector<StoredPart> all;
    for (const auto& part : m_parts) all.push_back(part.value());
    return all;
  }

 private:
  std::optional<std::size_t> next() {
    const std::lock_guard lock(m_mutex);
    if (m_failure) return std::nullopt;
    if (!m_left_over.empty() && m_working == 0) {
      const std::size_t number = m_left_over.back();
      m_left_over.pop_back();
      return number;
    }
    return m_next < m_jobs.size() ? std::optional(m_next++) : std::nullopt;
  }

  void work(const std::string& moment) {
    try {
      copy_with_own_session(moment);
    } catch (...) {
      const std::lock_guard lock(m_mutex);
      if (!m_failure) m_failure = std::current_exception();
    }
    --m_working;
  }

  void copy_with_own_session(const std::string& moment) {
    const auto stop = [this] {
      if (m_stop) throw Error(ErrorCode::interrupted, "stopped");
    };
    const auto session = open_copy_session(m_request.connect, "", m_request.lock_timeout, stop);
    session->script(fmt::format("{}; SET TRANSACTION SNAPSHOT {}", k_begin, literal(moment)));
    while (const auto number = next()) {
      try {
        session->script(fmt::format("LOCK TABLE ONLY {} IN ACCESS SHARE MODE NOWAIT",
                                    sql_name(m_jobs[*number].table.name)));
      } catch (const Error& error) {
        if (error.code != ErrorCode::busy) throw;
        const std::lock_guard lock(m_mutex);
        m_left_over.push_back(*number);
        return;
      }
      copy(*session, *number, stop);
    }
  }

  void copy(CopySession& session, std::size_t number, const std::function<void()>& watch) {
    StoredTable& table = m_jobs[number].table;
    table.file = file_name(number + 1, table.name);
    OutputFile file(m_place.path(table.file));
    Sha256 sum;
    Compressor compressor([&](std::string_view bytes) {
      sum.add(bytes);
      file.write(bytes);
      watch();
      tell();
    });
    CopySum rows;
    session.copy_out(copy_out_statement(table), [&](std::string_view message) {
      rows.add(message);
      m_done += static_cast<std::int64_t>(message.size());
      compressor.write(message);
    });
    compressor.finish();
    file.finish();
    table.rows = rows.sum().rows();
    table.content = rows.sum().hex();
    m_parts[number] = StoredPart{table.file, file.size(), sum.hex()};
  }

  void tell() {
    const std::lock_guard lock(m_telling);
    m_watch.progressed(m_done, m_total);
  }

  const SnapshotRequest& m_request;
  const SnapshotWatch& m_watch;
  const NewSnapshot& m_place;
  std::vector<Job>& m_jobs;
  std::vector<std::optional<StoredPart>> m_parts;
  std::mutex m_mutex, m_telling;
  std::size_t m_next = 0;
  std::vector<std::size_t> m_left_over;
  std::exception_ptr m_failure;
  std::atomic<int> m_working = 0;
  std::atomic<bool> m_stop = false;
  std::atomic<std::int64_t> m_done = 0;
  std::int64_t m_total = 0;
};

/// Locks first, then the moment: a table that somebody rewrites in between would look empty.
std::string begin_moment(CopySession& session, const std::vector<Job>& jobs) {
  session.script(std::string(k_begin));
  std::string names;
  for (const Job& job : jobs) names += (names.empty() ? "ONLY " : ", ONLY ") + sql_name(job.table.name);
  if (!names.empty()) session.script(fmt::format("LOCK TABLE {} IN ACCESS SHARE MODE", names));
  return session.query("SELECT pg_catalog.pg_export_snapshot()").at(0)[0].value_or("");
}

void store_schema(const SchemaText& schema, const NewSnapshot& place, Manifest& manifest) {
  manifest.schema = sha256(schema.before + schema.after);
  manifest.parts.push_back(write_text_part(place, "schema-before.sql.zst", schema.before));
  manifest.parts.push_back(write_text_part(place, "schema-after.sql.zst", schema.after));
}

void store_tables(CopySession& session, const Tools& tools, const SnapshotRequest& request,
                  const SnapshotWatch& watch, const NewSnapshot& place, Manifest& manifest) {
  std::vector<Job> jobs = jobs_of(session, request.tables);
  require_room(request.settings.folder, expect_sizes(session, jobs));
  const std::string moment = begin_moment(session, jobs);
  for (Job& job : jobs) read_columns(session, job.table);
  for (const Job& job : jobs) read_sequences(session, job.table, manifest);
  // pg_dump takes a while to start: meanwhile the rows are copied.
  auto schema = std::async(std::launch::async, dumped_schema, std::cref(tools), moment, request.lock_timeout);
  place.make_folder("tables");
  Copier copier(request, watch, place, jobs);
  copier.run(session, moment);
  try {
    store_schema(schema.get(), place, manifest);
  } catch (const Error& error) {
    if (error.code == ErrorCode::interrupted) throw;
    // The rows are what cannot be had again; tables are made from their columns then.
    manifest.notes.push_back(fmt::format("no schema: {}", error.message));
    watch.say(fmt::format("the snapshot has rows without the schema: {}", error.message));
  }
  for (StoredPart& part : copier.parts()) manifest.parts.push_back(std::move(part));
  for (Job& job : jobs) manifest.tables.push_back(std::move(job.table));
}

std::int64_t folder_size(const std::filesystem::path& folder) {
  std::int64_t size = 0;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed))
    size += static_cast<std::int64_t>(entry.file_size(failed));
  return size;
}

/// The form of values in the dump hangs on them; pg_dump sets the others itself.
void read_settings(CopySession& session, Manifest& manifest) {
  for (const char* name : {"TimeZone", "bytea_output"})
    manifest.settings[name] = session.query(fmt::format("SHOW {}", name)).at(0)[0].value_or("");
}

void store_dump(CopySession& session, const Tools& tools, const SnapshotRequest& request,
                const SnapshotWatch& watch, const NewSnapshot& place, Manifest& manifest) {
  // pg_dump compresses text, which comes to a little more; large objects are in no table of people.
  std::vector<Job> before = jobs_of(session, request.tables);
  const std::int64_t size =
      expect_sizes(session, before)
      + std::stoll(session.query("SELECT pg_catalog.pg_table_size('pg_catalog.pg_largeobject') / 2")
                       .at(0)[0]
                       .value_or("0"));
  require_room(request.settings.folder, size);
  const std::string moment = begin_moment(session, {});
  read_settings(session, manifest);
  const std::filesystem::path folder = place.path("dump");
  const std::string failed = tools.complaints_of(
      "pg_dump",
      {"--format=directory", "--compress=1", fmt::format("--jobs={}", request.settings.jobs),
       "--snapshot=" + moment, fmt::format("--lock-wait-timeout={}", request.lock_timeout.count()),
       "--file=" + folder.string()},
      [&] {
        watch.watch();
        watch.progressed(folder_size(folder), size);
      });
  if (!failed.empty())
    throw Error(failed.find("permission denied") == std::string::npos ? ErrorCode::undone
                                                                      : ErrorCode::permission,
                one_line(failed, 1000), "Nothing was changed.");
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.push_back("dump/" + entry.path().filename().string());
  std::ranges::sort(files);
  for (const std::string& file : files)
    manifest.parts.push_back(summed_part(place.path(""), file, [&](std::int64_t) { watch.watch(); }));
  std::vector<Job> jobs = jobs_of(session, request.tables);
  for (Job& job : jobs) {
    job.table.file = "dump";
    job.table.rows =
        std::stoll(session.query(fmt::format("SELECT count(*) FROM ONLY {}", sql_name(job.table.name)))
                       .at(0)[0]
                       .value_or("0"));
    manifest.tables.push_back(std::move(job.table));
  }
}
} // namespace

void make_postgres(const SnapshotRequest& request, const SnapshotWatch& watch, const NewSnapshot& place,
                   Manifest& manifest) {
  const auto session = open_copy_session(request.connect, "", request.lock_timeout, watch.watch);
  const Tools tools(request.settings.programs, session->server_version(), session->environment(), watch);
  if (manifest.kind == SnapshotKind::full)
    return store_dump(*session, tools, request, watch, place, manifest);
  if (manifest.kind == SnapshotKind::tables)
    return store_tables(*session, tools, request, watch, place, manifest);
  store_schema(dumped_schema(tools, "", request.lock_timeout), place, manifest);
}

} // namespace afloat
