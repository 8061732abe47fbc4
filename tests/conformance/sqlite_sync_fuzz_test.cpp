// A random interleaving of an old and a new release, each on its own connection, against a model that knows
// nothing of triggers: for each key what each side must read, how often the user's triggers must have fired,
// and what they saw.
#include "sqlite_support.hpp"

#include <functional>
#include <random>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat::sqlite_tests {
namespace {
/// A mapping, once as SQL and once as C++ over SQL literals ("NULL", "'u:a'", "9.99").
struct Mapping {
  std::string name, old_type, new_type, up_sql, down_sql;
  bool identity = false, required = false;
  std::function<std::string(const std::string&)> up, down;
  std::function<std::string(std::mt19937&)> old_value, new_value;
};

using Random = std::mt19937;

int pick(Random& random, int below) {
  return static_cast<int>(random() % static_cast<unsigned>(below));
}

std::string word(Random& random) {
  const std::vector<std::string> words{"a", "A", "b", "1", "1.0", "01", "", "über", "it''s"};
  return words[static_cast<std::size_t>(pick(random, static_cast<int>(words.size())))];
}

std::string maybe_null(Random& random, std::string value) {
  return pick(random, 8) == 0 ? "NULL" : value;
}

Mapping identity_mapping(bool required) {
  const auto same = [](const std::string& value) { return value; };
  const auto value = [](Random& random) { return maybe_null(random, "'" + word(random) + "'"); };
  return {required ? "required" : "identity",
          required ? "TEXT COLLATE NOCASE NOT NULL" : "TEXT COLLATE NOCASE",
          "TEXT",
          "old_name",
          "new_name",
          true,
          required,
          same,
          same,
          value,
          value};
}

Mapping prefix_mapping() {
  const auto up = [](const std::string& value) { return value == "NULL" ? value : "'" + value.substr(3); };
  const auto down = [](const std::string& value) {
    return value == "NULL" ? value : "'u:" + value.substr(1);
  };
  return {"prefix",
          "TEXT",
          "TEXT",
          "substr(t.old_name, 3)",
          "'u:' || new_name",
          false,
          false,
          up,
          down,
          [](Random& random) { return maybe_null(random, "'u:" + word(random) + "'"); },
          [](Random& random) { return maybe_null(random, "'" + word(random) + "'"); }};
}

/// 9.99 becomes 10; 10 becomes 10, so that 9.99 cannot be told from it.
Mapping lossy_mapping() {
  const auto up = [](const std::string& value) {
    return value == "NULL" ? value : std::to_string(std::lround(std::stod(value)));
  };
  const auto cents = [](Random& random) {
    const std::vector<std::string> fractions{"", ".99", ".01", ".25", ".75"};
    return maybe_null(random,
                      std::to_string(pick(random, 6)) + fractions[static_cast<std::size_t>(pick(random, 5))]);
  };
  return {"lossy",
          "NUMERIC",
          "INTEGER",
          "CAST(round(old_name) AS INTEGER)",
          "new_name",
          false,
          false,
          up,
          [](const std::string& value) { return value; },
          cents,
          [](Random& random) { return maybe_null(random, std::to_string(pick(random, 7))); }};
}

struct ModelRow {
  std::string old_side = "NULL", new_side = "NULL", note = "NULL";
  int updated = 0;
};

/// What the two releases must read.
class Model {
 public:
  explicit Model(const Mapping& mapping) : m_mapping(mapping) {}
  std::map<int, ModelRow> rows;
  std::int64_t audits = 0;

  void insert(int key, bool by_old, const std::string& value) {
    ModelRow row;
    (by_old ? row.old_side : row.new_side) = value;
    by_old ? row.new_side = m_mapping.up(value) : row.old_side = m_mapping.down(value);
    rows[key] = row;
    ++audits;
  }

  void update(int key, bool by_old, const std::string& value) {
    ModelRow& row = rows.at(key);
    std::string& own = by_old ? row.old_side : row.new_side;
    const bool changed = own != value;
    own = value;
    if (changed && !agrees(row))
      by_old ? row.new_side = m_mapping.up(value) : row.old_side = m_mapping.down(value);
    touched(row);
  }

  void touch(int key, const std::string& note) {
    rows.at(key).note = note;
    touched(rows.at(key));
  }

  void backfill(int key) {
    ModelRow& row = rows.at(key);
    if (row.new_side == "NULL") row.new_side = m_mapping.up(row.old_side);
  }

 private:
  bool agrees(const ModelRow& row) const {
    return m_mapping.down(row.new_side) == row.old_side || m_mapping.up(row.old_side) == row.new_side;
  }

  void touched(ModelRow& row) {
    ++row.updated;
    ++audits;
  }

  const Mapping& m_mapping;
};

enum class Keeper { sync, nothing, session_setting };

constexpr int k_keys = 200;

/// One run: the application's schema with its own triggers, two writers, the model.
class Fuzz {
 public:
  Fuzz(Mapping mapping, unsigned seed, Keeper keeper)
      : m_mapping(std::move(mapping)), m_model(m_mapping), m_random(seed), m_keeper(keeper) {
    m_old = connect(m_folder);
    m_old->script("PRAGMA journal_mode = WAL");
    m_old->script(fmt::format(R"(
      CREATE TABLE t(id INTEGER PRIMARY KEY, old_name {}, note TEXT, updated INTEGER NOT NULL DEFAULT 0);
      CREATE TABLE audit(kind TEXT, id INTEGER, seen);
      CREATE TABLE writer(side TEXT);
      INSERT INTO writer VALUES ('old');
      CREATE TRIGGER bump AFTER UPDATE ON t WHEN NEW.updated IS OLD.updated
        BEGIN UPDATE t SET updated = OLD.updated + 1 WHERE id = NEW.id; END;
      CREATE TRIGGER audit_insert AFTER INSERT ON t BEGIN INSERT INTO audit VALUES ('I', NEW.id, quote(NEW.old_name)); END;
      CREATE TRIGGER audit_update AFTER UPDATE ON t WHEN NEW.updated IS OLD.updated
        BEGIN INSERT INTO audit VALUES ('U', NEW.id, quote(NEW.old_name)); END;
      CREATE TRIGGER audit_delete AFTER DELETE ON t BEGIN INSERT INTO audit VALUES ('D', OLD.id, quote(OLD.old_name)); END)",
                              m_mapping.old_type));
    m_new = connect(m_folder);
    start();
  }

  /// Number of keys for which a side reads something else than the model says.
  int wrong() {
    std::map<int, std::string> actual;
    for (const auto& row :
         m_new->query("SELECT id, quote(old_name), quote(new_name), quote(note), updated FROM t").rows)
      actual[std::stoi(*row[0])] = fmt::format("{} {} {} {}", *row[1], *row[2], *row[3], *row[4]);
    int count = 0;
    for (int key = 0; key < k_keys; ++key) {
      const auto found = m_model.rows.find(key);
      const std::string expected =
          found == m_model.rows.end()
              ? ""
              : fmt::format("{} {} {} {}", found->second.old_side, found->second.new_side, found->second.note,
                            found->second.updated);
      if (actual[key] != expected) ++count;
      if (actual[key] != expected && m_keeper == Keeper::sync)
        FAIL_CHECK(fmt::format("{}: key {}: {} instead of {} after {}", m_mapping.name, key, actual[key],
                               expected, m_last));
    }
    return count;
  }

  bool audit_is_exact() {
    const auto count = m_old->query("SELECT count(*) FROM audit").scalar();
    return count == std::to_string(m_model.audits) && m_unseen == 0;
  }

  void operations(int count) {
    for (int i = 0; i < count; ++i) {
      one();
      if (i % 100 == 0 || m_keeper != Keeper::sync) check_last_audit();
      if (i % 500 == 0 && wrong() != 0 && m_keeper == Keeper::sync) return;
    }
  }

  void backfill_beside_writers() {
    const RangeWork work = make_sqlite_writer()->backfill(m_sync);
    m_apart = true;
    const std::string last = m_backfill->query(work.last).scalar().value_or("0");
    std::string after;
    while (true) {
      const std::map<std::string, std::string> at{{"after", after}, {"limit", "7"}, {"last", last}};
      const Result bound =
          m_backfill->query(filled(after.empty() ? work.next_bound_from_start : work.next_bound, at));
      if (bound.rows.empty()) break;
      const std::string upto = *bound.rows[0][0];
      m_backfill->query(filled(after.empty() ? work.in_range_from_start : work.in_range,
                               {{"after", after}, {"upto", upto}}));
      for (auto& [key, row] : m_model.rows)
        if (key <= std::stoi(upto) && (after.empty() || key > std::stoi(after))) m_model.backfill(key);
      after = upto;
      operations(5);
    }
    while (m_backfill->query(filled(work.sweep, {{"limit", "50"}})).affected > 0) {
    }
    for (auto& [key, row] : m_model.rows) m_model.backfill(key);
    CHECK(m_backfill->query(work.count_left).scalar() == "0");
    m_apart = false;
  }

  Database& database() { return *m_old; }
  const Sync& sync() const { return m_sync; }

 private:
  void start() {
    for (int key = 0; key < k_keys / 2; ++key) {
      const std::string value = not_null(m_mapping.old_value(m_random));
      m_old->query(fmt::format("INSERT INTO t(id, old_name) VALUES ({}, {})", key, value));
      m_model.insert(key, true, value);
      m_model.rows.at(key).new_side = "NULL"; // until the backfill
    }
    m_backfill = connect(m_folder);
    m_sync.id = "1_1";
    m_sync.old_column = "old_name";
    m_sync.new_column = "new_name";
    m_sync.new_type = m_mapping.new_type;
    m_sync.up = m_mapping.up_sql;
    m_sync.down = m_mapping.down_sql;
    m_sync.identity = m_mapping.identity;
    m_sync.required = m_mapping.required;
    if (m_keeper == Keeper::sync) {
      m_sync = open_window(*m_backfill, m_sync, "t");
      return;
    }
    m_sync.table = table_of(*m_backfill, "t");
    m_backfill->script("ALTER TABLE t ADD COLUMN new_name " + m_mapping.new_type);
    if (m_keeper == Keeper::session_setting) add_triggers_by_session();
  }

  /// What a tool does that asks who is connected instead of what changed.
  void add_triggers_by_session() {
    for (const std::string event : {"INSERT", "UPDATE OF old_name, new_name, note"})
      m_backfill->script(fmt::format(
          "CREATE TRIGGER by_session_{} AFTER {} ON t BEGIN "
          "UPDATE t SET new_name = {} WHERE id = NEW.id AND (SELECT side FROM writer) = 'old'; "
          "UPDATE t SET old_name = {} WHERE id = NEW.id AND (SELECT side FROM writer) = 'new'; END",
          event.substr(0, 6), event, m_mapping.up_sql, m_mapping.down_sql));
  }

  std::string not_null(const std::string& value) const {
    return value == "NULL" && m_mapping.required ? "'x'" : value;
  }

  std::string value_for(bool by_old) {
    const std::string value = by_old ? m_mapping.old_value(m_random) : m_mapping.new_value(m_random);
    if (!m_apart) return value;
    // On a row that is not filled yet, the user's triggers miss what cannot be told from the backfill or from
    // sync: the new release writes what the backfill would, or the old one NULL, which is what the new side
    // holds.
    if (by_old) return value == "NULL" ? (m_mapping.name == "lossy" ? "3.99" : "'u:x'") : value;
    return value == "NULL" ? value : m_mapping.name == "lossy" ? "10" + value : "'new" + value.substr(1);
  }

  bool rejected(const std::string& value) const { return m_mapping.required && value == "NULL"; }

  /// True if it went through. Constraint errors are what an application expects now and then.
  bool write(Database& writer, const std::string& sql) {
    m_last = sql;
    try {
      writer.query(sql);
      return true;
    } catch (const Error& error) {
      if (!error.sqlstate.starts_with("SQLITE_CONSTRAINT")) throw;
      return false;
    }
  }

  void must(bool went_through, bool expected) {
    if (m_keeper == Keeper::sync && went_through != expected)
      FAIL(fmt::format("{}: {} {}", m_mapping.name, went_through ? "accepted" : "rejected", m_last));
  }

  void one() {
    const bool by_old = pick(m_random, 2) == 0;
    Database& writer = by_old ? *m_old : *m_new;
    const std::string column = by_old ? "old_name" : "new_name";
    if (m_keeper == Keeper::session_setting)
      writer.query(fmt::format("UPDATE writer SET side = '{}'", by_old ? "old" : "new"));
    if (pick(m_random, 20) == 0 && m_keeper == Keeper::sync) {
      const bool on = pick(m_random, 2) == 0;
      writer.script(fmt::format("PRAGMA recursive_triggers = {}", on ? "ON" : "OFF"));
      (by_old ? m_old_recursive : m_new_recursive) = on;
    }
    const int key = pick(m_random, k_keys);
    const bool exists = m_model.rows.contains(key);
    const std::string value = value_for(by_old);
    switch (pick(m_random, 10)) {
    case 0:
      return insert_two(writer, by_old, column, "INSERT");
    case 1:
      return insert_two(writer, by_old, column, "INSERT OR IGNORE");
    case 2:
      return update_range(writer, by_old, column, value);
    case 3:
      must(write(writer, fmt::format("UPDATE t SET note = '{}' WHERE id = {}", key, key)), true);
      if (exists) m_model.touch(key, fmt::format("'{}'", key));
      return;
    case 4:
      must(write(writer, fmt::format("DELETE FROM t WHERE id = {}", key)), true);
      m_model.audits += static_cast<int>(m_model.rows.erase(key));
      return;
    case 5:
      return upsert(writer, by_old, column, key, value);
    case 6:
      return replace(writer, by_old, column, key, value);
    case 7:
      must(write(writer, fmt::format("UPDATE t SET {0} = {0} WHERE id = {1}", column, key)), true);
      if (exists) m_model.touch(key, m_model.rows.at(key).note);
      return;
    default:
      const bool fine = !exists || !rejected(value);
      must(write(writer, fmt::format("UPDATE t SET {} = {} WHERE id = {}", column, value, key)), fine);
      if (exists && fine) m_model.update(key, by_old, value);
    }
  }

  void insert_two(Database& writer, bool by_old, const std::string& column, const std::string& verb) {
    const bool ignore = verb != "INSERT";
    const int first = pick(m_random, k_keys - 1), second = first + 1;
    // OR IGNORE of a NULL where it is not allowed is told from ignoring by an error (docs: what sync
    // changes).
    const std::string a = ignore ? not_null(value_for(by_old)) : value_for(by_old);
    const std::string b = ignore ? not_null(value_for(by_old)) : value_for(by_old);
    const bool has_first = m_model.rows.contains(first), has_second = m_model.rows.contains(second);
    const bool fine = ignore || !(has_first || has_second || rejected(a) || rejected(b));
    must(write(writer,
               fmt::format("{} INTO t(id, {}) VALUES ({}, {}), ({}, {})", verb, column, first, a, second, b)),
         fine);
    if (!fine) return;
    if (!has_first) m_model.insert(first, by_old, a);
    if (!has_second) m_model.insert(second, by_old, b);
  }

  void update_range(Database& writer, bool by_old, const std::string& column, const std::string& value) {
    const int from = pick(m_random, k_keys), to = from + 3;
    bool any = false;
    for (int key = from; key <= to; ++key) any = any || m_model.rows.contains(key);
    const bool fine = !any || !rejected(value);
    must(write(writer,
               fmt::format("UPDATE t SET {} = {} WHERE id BETWEEN {} AND {}", column, value, from, to)),
         fine);
    for (int key = from; fine && key <= to; ++key)
      if (m_model.rows.contains(key)) m_model.update(key, by_old, value);
  }

  void upsert(Database& writer, bool by_old, const std::string& column, int key, const std::string& value) {
    const bool fine = !rejected(value);
    must(write(
             writer,
             fmt::format(
                 "INSERT INTO t(id, {0}) VALUES ({1}, {2}) ON CONFLICT (id) DO UPDATE SET {0} = excluded.{0}",
                 column, key, value)),
         fine);
    if (!fine) return;
    m_model.rows.contains(key) ? m_model.update(key, by_old, value) : m_model.insert(key, by_old, value);
  }

  void replace(Database& writer, bool by_old, const std::string& column, int key, const std::string& value) {
    const bool fine = !rejected(value), existed = m_model.rows.contains(key);
    must(write(writer, fmt::format("INSERT OR REPLACE INTO t(id, {}) VALUES ({}, {})", column, key, value)),
         fine);
    if (!fine) return;
    if (existed && (by_old ? m_old_recursive : m_new_recursive))
      ++m_model.audits; // then REPLACE fires DELETE triggers
    m_model.insert(key, by_old, value);
  }

  /// The user's trigger saw what the old release reads.
  void check_last_audit() {
    const auto last = m_old->query("SELECT id, seen, kind FROM audit ORDER BY rowid DESC LIMIT 1").rows;
    const auto row = m_model.rows.find(std::stoi(*last.at(0)[0]));
    if (row != m_model.rows.end() && last[0][2] != "D" && last[0][1] != row->second.old_side) ++m_unseen;
  }

  Folder m_folder;
  Mapping m_mapping;
  Model m_model;
  Random m_random;
  Keeper m_keeper;
  Sync m_sync;
  std::unique_ptr<Database> m_old, m_new, m_backfill;
  bool m_old_recursive = false, m_new_recursive = false, m_apart = false;
  int m_unseen = 0;
  std::string m_last;
};

void fuzz(const Mapping& mapping, unsigned seed, int operations) {
  Fuzz run(mapping, seed, Keeper::sync);
  run.backfill_beside_writers();
  run.operations(operations);
  CHECK(run.wrong() == 0);
  CHECK(run.audit_is_exact());
  const auto writer = make_sqlite_writer();
  CHECK(run.database().query(writer->compare(run.sync()).count_left).scalar() == "0");
  CHECK(run.database().query("PRAGMA integrity_check").scalar() == "ok");
}

TEST_CASE("sync of a plain copy keeps both releases right in random operations", "[sqlite][fuzz]") {
  fuzz(identity_mapping(false), 1, 20'000);
  fuzz(identity_mapping(true), 2, 20'000);
}

TEST_CASE("sync of a lossless mapping keeps both releases right in random operations", "[sqlite][fuzz]") {
  fuzz(prefix_mapping(), 3, 20'000);
}

TEST_CASE("sync of a lossy mapping keeps both releases right in 100000 random operations", "[sqlite][fuzz]") {
  fuzz(lossy_mapping(), 4, 100'000);
}

TEST_CASE("the random operations find rows wrong when there is no sync", "[sqlite][fuzz]") {
  for (const Mapping& mapping : {identity_mapping(false), prefix_mapping(), lossy_mapping()}) {
    Fuzz run(mapping, 5, Keeper::nothing);
    run.operations(2000);
    CHECK(run.wrong() > k_keys / 10);
  }
}

TEST_CASE("the random operations find rows wrong when a session setting decides who wrote",
          "[sqlite][fuzz]") {
  Fuzz run(lossy_mapping(), 6, Keeper::session_setting);
  run.operations(2000);
  CHECK(run.wrong() > 0);
  CHECK_FALSE(run.audit_is_exact());
}
} // namespace
} // namespace afloat::sqlite_tests
