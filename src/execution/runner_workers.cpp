#include "execution/filling.hpp"
#include "execution/run.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include <fmt/format.h>

// A backfill by several connections at once: each has a key range of its own, with its own position in the
// ledger.
namespace afloat {
namespace {
/// Fewer rows than this are not worth a connection.
constexpr std::int64_t k_fewest_rows = 1000;

class SharedReporter : public Reporter {
 public:
  explicit SharedReporter(Reporter& reporter) : m_reporter(reporter) {}
  void progressed(const Step& step, const Progress& progress) override {
    const std::lock_guard lock(m_mutex);
    m_reporter.progressed(step, progress);
  }
  void lock_missed(const Step& step, const std::string& why, int attempt,
                   std::chrono::milliseconds pause) override {
    const std::lock_guard lock(m_mutex);
    m_reporter.lock_missed(step, why, attempt, pause);
  }
  void say(std::string_view text) override {
    const std::lock_guard lock(m_mutex);
    m_reporter.say(text);
  }

 private:
  Reporter& m_reporter;
  std::mutex m_mutex;
};

class SharedObserver : public Observer {
 public:
  explicit SharedObserver(Observer& observer) : m_observer(observer) {}
  void reached(std::string_view point) override {
    const std::lock_guard lock(m_mutex);
    m_observer.reached(point);
  }

 private:
  Observer& m_observer;
  std::mutex m_mutex;
};

/// Behind a key of another type nothing is known to be done. Rows that need nothing any more are passed over,
/// where afloat has written the statement.
void refuse_other_key(const Step& step) {
  if (!step.work->written) return;
  throw Error(ErrorCode::refused,
              fmt::format("the key of {} has got another type since this backfill began, so that nobody can "
                          "tell which rows it has done",
                          display(step.work->table)),
              "Abort this migration, and run it again. Nothing was changed by this command.");
}
} // namespace

/// What is left to fill, in as many ranges as workers were asked for when it began. They are in the ledger
/// before the first batch: a later run goes on with the same.
std::vector<WorkerRange> Runner::ranges_of(const Plan& plan, const Step& step, Run& run,
                                           const StepRecord& record, const std::string& last) {
  Backfills ledger(m.database);
  std::vector<WorkerRange> ranges = ledger.ranges(plan.version, step.id);
  const bool was_split = !ranges.empty();
  if (was_split && are_comparable(ranges.back().upto, last)) return ranges;
  const bool goes_on = record.position && are_comparable(*record.position, last);
  if ((was_split || record.position) && !goes_on) refuse_other_key(step);
  ranges = {{1, goes_on ? record.position : std::nullopt, last, record.rows}};
  if (was_split) return ranges;
  const std::int64_t workers = m.options.throttle.workers.value_or(1), rows = step.rows.value_or(0) / workers;
  if (workers == 1 || last.empty() || rows < k_fewest_rows) return ranges;
  while (static_cast<std::int64_t>(ranges.size()) < workers) {
    const auto part = next_range(m.database, *step.work, ranges.back().position, rows, last);
    if (!part || part->upto == last) break;
    ranges.back().upto = part->upto;
    ranges.push_back({ranges.back().number + 1, part->upto, last, 0});
  }
  if (ranges.size() == 1) return ranges;
  transaction(step, [&] {
    begin_run(plan, run);
    m_ledger.begin_step(plan.version, step.id);
    for (const WorkerRange& range : ranges) ledger.add_range(plan.version, step.id, range);
  });
  run.begun = true;
  return ranges;
}

struct Runner::Worker {
  std::unique_ptr<Database> database;
  std::unique_ptr<Runner> runner;
  std::unique_ptr<Run> run;
  std::unique_ptr<Filling> filling;
  std::exception_ptr failure;
  std::atomic<bool> over = false;
  std::jthread thread;

  void work(WorkerRange& range) {
    try {
      database->wait_for_disk(false);
      Backfills ledger(*database);
      runner->fill_range(*filling, range, [&](const WorkerRange& at) {
        ledger.save_position(filling->plan.version, filling->step.id, at);
      });
    } catch (...) {
      failure = std::current_exception();
    }
    over = true;
  }
};

std::int64_t Runner::fill_by_workers(const Plan& plan, const Step& step, Run& run,
                                     std::vector<WorkerRange>& ranges) {
  SharedReporter reporter(m.reporter);
  SharedObserver observer(m.observer);
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::string> backends{m.database.facts().backend};
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    workers.push_back(std::make_unique<Worker>());
    workers.back()->database = open_database(m.connect);
    backends.push_back(workers.back()->database->facts().backend);
  }
  // One that is frozen between its look at the fence and its COMMIT would keep the lease's row for ever.
  std::string sessions;
  for (const auto& worker : workers)
    sessions +=
        fmt::format("{} {};", worker->database->facts().backend, worker->database->facts().backend_start);
  m_ledger.add_sessions(m.lease_token, sessions);
  std::int64_t rows = 0;
  for (const WorkerRange& range : ranges) rows += range.rows;
  const RunnerContext shared{m.database, m.lease_token, m.clock, reporter, observer, m.options, m.connect};
  Throttle throttle(shared, plan.version, step, Backfills(m.database).wishes(plan.version), rows, backends,
                    course(plan, step, ranges));
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    Worker& worker = *workers[i];
    worker.runner = std::make_unique<Runner>(
        RunnerContext{*worker.database, m.lease_token, m.clock, reporter, observer, m.options, m.connect});
    worker.run = std::make_unique<Run>(run);
    worker.filling = std::make_unique<Filling>(plan, step, *worker.run, throttle, BatchSize(batch_aim()));
    if (i == 0) // one vacuums for all
      worker.filling->vacuum_every =
          m.options.throttle.vacuum_every / static_cast<std::int64_t>(ranges.size());
    worker.thread = std::jthread([&worker, &range = ranges[i]] { worker.work(range); });
  }
  wait_for_workers(workers);
  for (const auto& worker : workers) worker->database.reset();
  m_ledger.clear_ending(m.lease_token);
  rows = 0;
  for (const WorkerRange& range : ranges) rows += range.rows;
  Filling filling{plan, step, run, throttle, BatchSize(batch_aim())};
  return rows + sweep(filling);
}

/// The first that fails stops the others behind their batches.
void Runner::wait_for_workers(std::vector<std::unique_ptr<Worker>>& workers) {
  std::exception_ptr failure;
  const auto stop = [&] {
    for (const auto& worker : workers) worker->filling->stop = true;
  };
  const auto at_work = [&] {
    return std::ranges::any_of(workers, [](const auto& worker) { return !worker->over; });
  };
  try {
    while (at_work()) {
      m.clock.wait(std::chrono::milliseconds(20));
      for (const auto& worker : workers)
        if (worker->over && worker->failure) stop();
    }
  } catch (...) { // a signal
    failure = std::current_exception();
    stop();
    for (const auto& worker : workers) worker->database->cancel();
  }
  for (const auto& worker : workers) worker->thread.join();
  for (const auto& worker : workers)
    if (!failure && worker->failure) failure = worker->failure;
  if (failure) std::rethrow_exception(failure);
}

} // namespace afloat
