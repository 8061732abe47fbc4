#include "commands/rows.hpp"
#include "commands/work.hpp"
#include "report/table.hpp"

namespace afloat {
namespace {
int run_history(const Arguments& arguments) {
  const Work work = load_work(arguments);
  const auto database = connect(work.config, Access::read);
  Ledger ledger(*database);
  const std::vector<EventRecord> events = ledger.events(work.target.version);
  std::vector<std::vector<std::string>> rows;
  Node::List list;
  for (const EventRecord& event : events) {
    rows.push_back({event.at, event.name, event.event, event.detail});
    list.push_back(Node::Object{
        {"at", event.at}, {"migration", event.name}, {"event", event.event}, {"detail", event.detail}});
  }
  print(arguments, rows.empty() ? "nothing has happened yet\n" : aligned(rows),
        {{"command", "history"}, {"events", std::move(list)}});
  return 0;
}
} // namespace

const CommandRow k_history{
    "history",
    "[VERSION]",
    1,
    0,
    "Show what was done when",
    "Prints the ledger's events, oldest first: what began, ended or stopped, and who did it or why.",
    "afloat history",
    {},
    run_history};

} // namespace afloat
