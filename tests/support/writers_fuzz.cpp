#include "support/writers_fuzz.hpp"

#include "support/pgbouncer.hpp"
#include "support/project.hpp"
#include "support/writer.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace afloat::test {
namespace {
std::string shown(const Cells& cells) {
  std::vector<std::string> parts;
  for (const Cell& cell : cells) parts.push_back(cell ? "'" + *cell + "'" : "NULL");
  return fmt::format("({})", fmt::join(parts, ", "));
}

std::string shown(const RowCells& row) {
  return shown(row.olds) + " | " + shown(row.news);
}

/// One run: the database, the program, the writers, and what was acknowledged.
class Run {
 public:
  Run(const WriterCase& one, Dialect dialect, const WriterRun& run)
      : m_case(one), m_dialect(dialect), m_run(run), m_world(make_world(dialect)),
        m_project({one.migration}) {
    m_world->prepare(one.schema + (dialect == Dialect::postgres ? one.postgres : ""));
    if (dialect == Dialect::sqlite) m_world->connect()->script("PRAGMA journal_mode = WAL");
    if (run.through_pooler) m_pooler = std::make_unique<PgBouncer>();
    fill();
    for (int i = 0; i < run.writers; ++i) {
      // Every second one goes through the pooler.
      const std::string direct = m_world->app_url();
      m_writers.push_back(std::make_unique<Writer>(
          m_case, Writer::Setting{dialect, m_pooler && i % 2 == 0 ? m_pooler->url(direct) : direct, i,
                                  run.seed * 31 + static_cast<unsigned>(i), m_present[i]}));
    }
  }

  /// The window is opened while the old release writes, and then both do.
  void write() {
    for (const auto& writer : m_writers) writer->start();
    for (const auto& writer : m_writers) writer->write_more(10);
    m_project.succeed(*m_world, {"expand"});
    for (const auto& writer : m_writers) writer->deploy();
    for (const auto& writer : m_writers) writer->write_more(m_run.statements / 2);
    for (const auto& writer : m_writers) writer->cross_others();
    for (const auto& writer : m_writers) writer->write_more(m_run.statements / 2);
    for (const auto& writer : m_writers) writer->stop();
  }

  std::string verified() const {
    const Outcome outcome = m_project.run(*m_world, {"verify"});
    return outcome.status == 0 ? "" : outcome.out + outcome.err;
  }

  /// Goes on without sync until a row is wrong.
  bool finds_fault() {
    m_world->connect()->script(without_sync());
    for (int tries = 0; tries < 20; ++tries) {
      for (const auto& writer : m_writers) writer->start();
      for (const auto& writer : m_writers) writer->write_more(10);
      for (const auto& writer : m_writers) writer->stop();
      if (!wrong().empty()) return true;
    }
    return false;
  }

  std::string wrong() const {
    std::string text = wrong_rows();
    const auto owner = m_world->connect();
    for (const std::string& query : m_case.invariants)
      if (const Value count = owner->query(query, {}).scalar(); count != "0")
        text += fmt::format("{} rows: {}\n", count.value_or("NULL"), query);
    return text;
  }

  std::string failure() const {
    for (const auto& writer : m_writers)
      if (!writer->failure().empty()) return writer->failure();
    return {};
  }

  WriterCounts counts() const {
    WriterCounts all;
    for (const auto& writer : m_writers) {
      all.acknowledged += writer->counts().acknowledged;
      all.retried_deadlocks += writer->counts().retried_deadlocks;
      all.retried_serializations += writer->counts().retried_serializations;
    }
    return all;
  }

 private:
  void add(int key) {
    const Cells& values = m_case.olds.values[0];
    Cells cells(m_case.olds.columns.size());
    for (std::size_t i = 0; i < cells.size(); ++i)
      cells[i] = m_case.cross ? Cell(fmt::format("start{}", key))
                              : values[(static_cast<std::size_t>(key) * 7 + i) % values.size()];
    RowWrite write{.kind = RowWrite::Kind::insert, .key = key, .order = 1, .early = true};
    std::vector<std::string> literals{std::to_string(key)};
    for (const Cell& cell : cells) {
      write.values.emplace_back(cell);
      std::string text = "NULL";
      if (cell) {
        text = "'";
        for (const char c : *cell) text += c == '\'' ? std::string("''") : std::string(1, c);
        text += "'";
      }
      literals.push_back(text);
    }
    m_fill += fmt::format("INSERT INTO items (id, {}) VALUES ({});", fmt::join(m_case.olds.columns, ", "),
                          fmt::join(literals, ", "));
    if (m_case.beside) m_fill += fmt::format("INSERT INTO details (item_id) VALUES ({});", key);
    m_start.push_back(std::move(write));
  }

  /// Rows that are there before expand: half of the keys.
  void fill() {
    if (m_case.parents) m_fill += "INSERT INTO parents VALUES ('shared'), ('other');";
    for (int key = 0; key < k_shared; ++key)
      if (key % 2 == 0 || m_case.cross) add(key);
    for (int writer = 0; writer < m_run.writers; ++writer)
      for (int i = 0; i < k_own; i += 2) {
        const int key = first_own_key(writer) + i;
        add(key);
        m_present[writer].insert(key);
      }
    m_world->connect()->script("BEGIN;" + m_fill + "COMMIT");
  }

  std::string without_sync() const {
    if (m_dialect == Dialect::postgres && !m_case.without_sync.empty()) return m_case.without_sync;
    if (m_dialect == Dialect::postgres)
      return "DO $$ DECLARE t record; BEGIN FOR t IN SELECT tgrelid::regclass AS name, tgname FROM "
             "pg_trigger "
             "WHERE tgname LIKE '%afloat%' LOOP EXECUTE format('ALTER TABLE ONLY %s DISABLE TRIGGER %I', "
             "t.name, "
             "t.tgname); END LOOP; END $$";
    std::string sql;
    for (const auto& row :
         m_world->connect()
             ->query("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'afloat%'", {})
             .rows)
      sql += fmt::format("DROP TRIGGER \"{}\";", *row[0]);
    return sql;
  }

  std::map<int, Cells> read(bool of_new) const {
    const WriterSide& side = of_new ? m_case.news : m_case.olds;
    std::string sql =
        fmt::format("SELECT {}, {} FROM {}", side.key, fmt::join(side.columns, ", "), side.table);
    if (of_new && m_case.cross)
      sql = fmt::format("SELECT items.id, {0}.{1} FROM items LEFT JOIN {0} ON {0}.{2} = items.id", side.table,
                        fmt::join(side.columns, fmt::format(", {}.", side.table)), side.key);
    std::map<int, Cells> rows;
    for (const auto& row : m_world->connect_app()->query(sql, {}).rows)
      rows[std::stoi(*row[0])] = Cells(row.begin() + 1, row.end());
    return rows;
  }

  RowMap expected(Backfill backfill) const {
    RowMap all;
    std::vector<RowWrite> shared;
    for (const RowWrite& write : m_start)
      if (write.key < k_shared) shared.push_back(write);
    for (const auto& writer : m_writers)
      shared.insert(shared.end(), writer->shared().begin(), writer->shared().end());
    std::ranges::stable_sort(shared, {}, &RowWrite::order);
    if (!m_case.cross)
      for (const RowWrite& write : shared) take_in(m_case, m_dialect, backfill, write, all);
    for (std::size_t i = 0; i < m_writers.size(); ++i) {
      RowMap own;
      for (const RowWrite& write : m_start)
        if (const int first = first_own_key(static_cast<int>(i));
            write.key >= first && write.key < first + k_own)
          take_in(m_case, m_dialect, backfill, write, own);
      for (const RowWrite& write : m_writers[i]->own()) take_in(m_case, m_dialect, backfill, write, own);
      all.insert(own.begin(), own.end());
    }
    return all;
  }

  std::string wrong_rows() const {
    const std::map<int, Cells> olds = read(false), news = read(true);
    const RowMap all = expected(Backfill::filled);
    RowMap left_alone = expected(Backfill::left_alone);
    for (auto& [key, row] : left_alone) leave_alone(m_case, row);
    std::string text;
    const auto complain = [&](int key, const std::string& is, const std::string& must) {
      text += fmt::format("{}: row {} is {}, must be {}\n", m_case.name, key, is, must);
    };
    std::map<int, bool> keys;
    for (const auto& [key, row] : all) keys[key] = true;
    for (const auto& [key, row] : olds) keys[key] = true;
    for (const auto& [key, row] : news) keys[key] = true;
    for (const auto& [key, ignored] : keys) {
      if (m_case.cross && key < k_shared) continue;
      const auto must = all.find(key);
      const bool has_old = olds.contains(key), has_new = news.contains(key);
      const std::string is =
          (has_old ? shown(olds.at(key)) : "no row") + " | " + (has_new ? shown(news.at(key)) : "no row");
      const std::string wanted = must == all.end() ? "no row | no row" : shown(must->second);
      if (is != wanted && (must == all.end() || is != shown(left_alone.at(key)))) complain(key, is, wanted);
    }
    if (!m_case.cross) return text;
    for (int key = 0; key < k_shared; ++key) {
      const std::string is = shown(RowCells{.olds = olds.at(key), .news = news.at(key)});
      if (const std::vector<std::string> last = last_writes(key); std::ranges::find(last, is) == last.end())
        complain(key, is, fmt::format("one of {}", fmt::join(last, "; ")));
    }
    return text;
  }

  /// What the row can be after the writes behind which no other one began.
  std::vector<std::string> last_writes(int key) const {
    std::vector<RowWrite> writes;
    for (const RowWrite& write : m_start)
      if (write.key == key) writes.push_back(write);
    for (const auto& writer : m_writers)
      for (const RowWrite& write : writer->shared())
        if (write.key == key) writes.push_back(write);
    std::vector<std::string> last;
    for (const RowWrite& write : writes) {
      const auto later = [&](const RowWrite& other) { return other.started > write.ended; };
      if (std::ranges::any_of(writes, later)) continue;
      RowMap rows;
      RowWrite whole = write;
      whole.by_new = false;
      take_in(m_case, m_dialect, Backfill::filled, whole, rows);
      last.push_back(shown(rows.at(key)));
    }
    return last;
  }

  const WriterCase& m_case;
  Dialect m_dialect;
  WriterRun m_run;
  std::unique_ptr<World> m_world;
  Project m_project;
  std::unique_ptr<PgBouncer> m_pooler;
  std::string m_fill;
  std::vector<RowWrite> m_start;
  std::map<int, std::set<int>> m_present;
  std::vector<std::unique_ptr<Writer>> m_writers;
};
} // namespace

WriterReport run_writers(const WriterCase& one, Dialect dialect, const WriterRun& run, bool& proof) {
  Run whole(one, dialect, run);
  WriterReport report;
  whole.write();
  report.failure = whole.failure();
  report.wrong = whole.wrong();
  report.counts = whole.counts();
  if (const std::string verified = whole.verified(); !verified.empty()) report.wrong += verified;
  if (proof && report.failure.empty() && report.wrong.empty()) proof = whole.finds_fault();
  return report;
}

} // namespace afloat::test
