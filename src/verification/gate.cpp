#include "verification/gate.hpp"

#include "dialect/inspector.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
using std::chrono::milliseconds;

milliseconds in_milliseconds(double seconds) {
  return milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

/// How long nothing has been written on the old side, as far as is known without waiting.
milliseconds quiet_so_far(const std::vector<CounterReading>& readings, const LedgerEntry& entry) {
  double least = entry.expanded_seconds_ago.value_or(0);
  for (const CounterReading& reading : readings)
    if (reading.seconds_ago) least = std::min(least, std::max(0.0, *reading.seconds_ago));
  return in_milliseconds(least);
}

void look_at_views(Database& database, const Plan& plan, GateAnswer& answer) {
  if (plan.doomed.empty()) return;
  std::vector<RelationName> tables;
  for (const ColumnName& column : plan.doomed) tables.push_back(column.table);
  for (const View& view : inspect(database, tables).views)
    for (const ColumnName& column : plan.doomed)
      if (std::ranges::count(view.reads, std::pair(column.table, column.column)) > 0) {
        answer.open = false;
        answer.evidence.push_back(fmt::format("view {} reads {}.{}: change or drop the view first",
                                              display(view.name), display(column.table), column.column));
      }
}

void look_at_obstacles(Database& database, const Plan& plan, GateAnswer& answer) {
  for (const std::string& query : plan.contract_obstacles)
    for (const auto& row : database.query(query).rows) {
      answer.open = false;
      answer.evidence.push_back(row.at(0).value_or(""));
    }
}

bool names_column(std::string_view body, std::string_view column) {
  return std::ranges::any_of(tokenize(body), [&](const Token& token) {
    return (token.kind == TokenKind::word || token.kind == TokenKind::quoted_word) && token.name() == column;
  });
}

/// A trigger function is text: on PostgreSQL it does not follow a column that is renamed, and every write
/// would fail.
void look_at_triggers(Database& database, const Plan& plan, GateAnswer& answer) {
  if (database.dialect() != Dialect::postgres || plan.attic.empty()) return;
  std::vector<RelationName> tables;
  for (const AtticEntry& entry : plan.attic) tables.push_back(entry.table);
  const Schema schema = inspect(database, tables);
  for (const AtticEntry& entry : plan.attic) {
    const Table* table = schema.find(entry.table);
    for (const Trigger& trigger : table ? table->triggers : std::vector<Trigger>()) {
      if (entry.whole_table() || entry.succeeded || trigger.enabled == "D"
          || !names_column(trigger.body, entry.was))
        continue;
      answer.open = false;
      answer.evidence.push_back(
          fmt::format("trigger {} on {} names {}, which goes: change its function first", trigger.name,
                      display(entry.table), entry.was));
    }
  }
}

/// SQLite: a full-text table with `content=` reads its columns by name, and does not follow one that is
/// renamed.
void look_at_virtual_tables(Database& database, const Plan& plan, GateAnswer& answer) {
  if (database.dialect() != Dialect::sqlite || plan.attic.empty()) return;
  const auto names = [](std::string_view sql, std::string_view wanted) {
    return std::ranges::any_of(tokenize(sql), [&](const Token& token) {
      const std::string name = token.kind == TokenKind::string && token.text.size() > 1 // content='Order'
                                   ? std::string(token.text.substr(1, token.text.size() - 2))
                                   : token.name();
      return lower_case(name) == lower_case(wanted);
    });
  };
  const Result tables = database.query("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql "
                                       "LIKE 'CREATE VIRTUAL TABLE%content%'");
  for (const AtticEntry& entry : plan.attic)
    for (const auto& row : tables.rows) {
      const std::string sql = row.at(1).value_or("");
      if (entry.whole_table() || entry.succeeded || !names(sql, entry.table.name) || !names(sql, entry.was))
        continue;
      answer.open = false;
      answer.evidence.push_back(
          fmt::format("virtual table {} reads {}.{} by its name: drop it, and make it again after contract",
                      row.at(0).value_or(""), display(entry.table), entry.was));
    }
}

std::string evidence_of(const CounterReading& before, const CounterReading& after, milliseconds quiet) {
  if (after.writes == before.writes && after.writes == 0)
    return fmt::format("{}: no write by an old release since expand", after.subject);
  const std::string total = fmt::format("{} since expand", count_of(after.writes, "write"));
  if (after.writes == before.writes)
    return fmt::format("{}: {}, the last {} ago", after.subject, total,
                       human_duration(in_milliseconds(after.seconds_ago.value_or(0))));
  return fmt::format("{}: {} in the last {} ({}): an old release is still at work", after.subject,
                     count_of(std::max<std::int64_t>(1, after.writes - before.writes), "write"),
                     human_duration(quiet), total);
}
} // namespace

std::vector<CounterReading> read_counters(Database& database, const Plan& plan) {
  std::vector<CounterReading> readings;
  if (plan.counters.empty()) return readings;
  const double now = Ledger(database).now();
  for (const Counter& counter : plan.counters) {
    const Result result = database.query(counter.query);
    CounterReading reading{counter.subject, 0, std::nullopt};
    if (!result.rows.empty()) {
      reading.writes = std::stoll(result.rows[0].at(0).value_or("0"));
      if (const Value& last = result.rows[0].at(1)) reading.seconds_ago = now - std::stod(*last);
    }
    readings.push_back(std::move(reading));
  }
  return readings;
}

GateAnswer ask_gate(Database& database, const Plan& plan, const LedgerEntry& entry, milliseconds quiet,
                    Clock& clock, Reporter& reporter) {
  GateAnswer answer;
  look_at_views(database, plan, answer);
  look_at_triggers(database, plan, answer);
  look_at_virtual_tables(database, plan, answer);
  look_at_obstacles(database, plan, answer);
  const std::vector<CounterReading> before = read_counters(database, plan);
  if (before.empty()) return answer;
  const milliseconds waited = quiet_so_far(before, entry);
  if (waited < quiet && answer.open) {
    reporter.say(
        fmt::format("waiting {} to see that no old release writes any more", human_duration(quiet - waited)));
    clock.wait(quiet - waited);
  }
  const std::vector<CounterReading> after = read_counters(database, plan);
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (after[i].writes != before[i].writes) answer.open = false;
    answer.evidence.push_back(evidence_of(before[i], after[i], quiet));
  }
  return answer;
}

} // namespace afloat
