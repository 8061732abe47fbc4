#include "snapshot/make.hpp"
#include "snapshot/words.hpp"
#include "support/child.hpp"
#include "support/redact.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

namespace afloat {
namespace {
using Time = std::chrono::steady_clock;
constexpr std::chrono::milliseconds k_first_pause{200}, k_longest_pause{5'000}, k_look{50};

std::vector<std::string> words_of(const std::string& text, const std::string& name) {
  std::vector<std::string> words = split_words(text);
  for (std::string& word : words) word = replaced(word, "{{name}}", name);
  return words;
}

/// ": what it says", which may quote its arguments, or nothing.
std::string said(const ChildOutcome& outcome, const std::string& text, const std::string& name,
                 std::size_t most) {
  const std::string errors = one_line(quoting_without_secrets(outcome.errors, words_of(text, name)), most);
  return errors.empty() ? errors : ": " + errors;
}

ChildOutcome run_template(const std::string& text, const std::string& name, Time::time_point deadline,
                          const SnapshotWatch& watch) {
  const ChildCommand command{words_of(text, name)};
  return run_child(
      command, [](std::string_view) {},
      [&] {
        watch.watch();
        if (Time::now() >= deadline)
          throw Error(
              ErrorCode::undone, fmt::format("{} went on beyond the deadline", command.words[0]),
              "Raise `deadline` under [snapshot], or look why it takes so long. Nothing was changed.");
      });
}

void wait_until_available(const SnapshotRequest& request, const SnapshotWatch& watch, const std::string& name,
                          Time::time_point deadline) {
  for (auto pause = k_first_pause;; pause = std::min(2 * pause, k_longest_pause)) {
    const ChildOutcome outcome = run_template(request.settings.observe, name, deadline, watch);
    if (outcome.status == 0) return;
    for (const auto next = Time::now() + pause; Time::now() < next; std::this_thread::sleep_for(k_look)) {
      watch.watch();
      if (Time::now() >= deadline)
        throw Error(
            ErrorCode::undone,
            fmt::format("the snapshot {} is not available after {}; `observe` ends with {}{}", name,
                        human_duration(request.settings.deadline), outcome.status,
                        said(outcome, request.settings.observe, name, 300)),
            "Raise `deadline` under [snapshot]; the next run asks for another one, under the next name. "
            "Nothing was changed.");
    }
  }
}

/// A provider takes no name twice: one that it may have got stays out of use, whatever becomes of this run.
void ask_for(const SnapshotRequest& request, const SnapshotWatch& watch, const NewSnapshot& place,
             Time::time_point deadline) {
  place.give_name_away();
  ChildOutcome outcome;
  try {
    outcome = run_template(request.settings.command, place.name(), deadline, watch);
  } catch (const Error& error) {
    if (error.code == ErrorCode::configuration) place.take_name_back(); // there is no such program
    throw;
  }
  if (outcome.status == 0) return;
  place.take_name_back();
  throw Error(ErrorCode::undone,
              fmt::format("`command` of [snapshot] ended with exit status {}{}", outcome.status,
                          said(outcome, request.settings.command, place.name(), 500)),
              "Run it by hand. Nothing was changed.");
}
} // namespace

void make_by_command(const SnapshotRequest& request, const SnapshotWatch& watch, const NewSnapshot& place,
                     Manifest& manifest) {
  if (request.settings.command.empty())
    throw Error(ErrorCode::configuration, "a snapshot of kind command needs a command",
                "Set `command` under [snapshot], with {{name}} in it. Nothing was changed.");
  const auto deadline = Time::now() + request.settings.deadline;
  ask_for(request, watch, place, deadline);
  if (!request.settings.observe.empty()) wait_until_available(request, watch, place.name(), deadline);
  manifest.notes.push_back(fmt::format("made by {}, which keeps it; afloat cannot verify or restore it",
                                       split_words(request.settings.command).at(0)));
}

} // namespace afloat
