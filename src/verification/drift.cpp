#include "verification/drift.hpp"

#include "dialect/schema_reader.hpp"
#include "ledger/ledger.hpp"
#include "model/schema.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
/// "public.users" of "public.users.email"; on SQLite "users" of "users.email".
std::string table_of(const std::string& touch) {
  return touch.substr(0, touch.rfind('.'));
}

/// Without quotes, to compare with names as plans have them.
std::string bare(std::string name) {
  std::erase(name, '"');
  return name;
}

/// What belongs to the tables that the plan touches, or bears a name of afloat's own.
bool is_work_of(const SchemaObject& object, const std::set<std::string>& tables) {
  const std::string name = bare(object.name), table = bare(object.table);
  const std::string last = name.substr(name.rfind('.') == name.npos ? 0 : name.rfind('.') + 1);
  return tables.contains(name) || tables.contains(table) || is_own_name(last) || name.starts_with("afloat.");
}

void leave_out(DriftAnswer& answer, Database& database, const std::vector<std::int64_t>& versions) {
  Ledger ledger(database);
  std::set<std::string> tables;
  for (const std::int64_t version : versions) {
    const auto entry = ledger.entry(version);
    if (!entry) continue; // aborted: the schema is as it was before
    answer.left_out.push_back(entry->title());
    const Plan plan = ledger.plan(version);
    for (const std::string& touch : plan.touches) tables.insert(bare(table_of(touch)));
    for (const Step& step : plan.steps)
      for (const TableLock& lock : step.locks) tables.insert(bare(display(lock.relation)));
  }
  if (!answer.left_out.empty())
    std::erase_if(answer.changes,
                  [&](const ObjectChange& change) { return is_work_of(change.object(), tables); });
}
} // namespace

DriftAnswer find_drift(Database& database, std::span<const std::string> ignore,
                       std::chrono::milliseconds lock_total) {
  SchemaRecords records(database);
  DriftAnswer answer;
  if (Ledger(database).exists()) answer.record = records.newest();
  if (!answer.record) return answer;
  if (answer.record->format != k_model_format) {
    answer.incomparable = fmt::format("it was recorded in format {}, and this afloat reads format {}",
                                      answer.record->format, k_model_format);
    return answer;
  }
  answer.live = read_schema(database, lock_total);
  if (fingerprint(answer.live) == answer.record->fingerprint) return answer;
  const SchemaModel recorded = records.model(*answer.record);
  answer.changes = without_ignored(compare(recorded, answer.live), ignore);
  for (const ObjectChange& change : take_partitions(answer.changes, recorded, answer.live))
    answer.partitions.push_back(fmt::format("{} {}", change.object().name, change.after ? "came" : "went"));
  leave_out(answer, database, records.unsettled(*answer.record));
  return answer;
}

} // namespace afloat
