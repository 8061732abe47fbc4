#include "model/plan_json.hpp"
#include "unit/error_of.hpp"

#include <cstddef>

#include <catch2/catch.hpp>

namespace afloat {
namespace {
// Converts to whatever a member is, so that the members of an aggregate can be counted.
struct Anything {
  template <typename T>
  operator T() const;
};
template <typename T, typename... Args>
constexpr std::size_t members_of() {
  if constexpr (requires { T{Args{}..., Anything{}}; })
    return members_of<T, Args..., Anything>();
  else
    return sizeof...(Args);
}

RangeWork full_work() {
  RangeWork work;
  work.table = {"shop", "users"};
  work.key = {"a", "b"};
  work.next_bound = "next";
  work.next_bound_from_start = "first";
  work.last = "last";
  work.in_range = "in range";
  work.in_range_from_start = "in first range";
  work.sweep = "sweep";
  work.before_batch = {"SET LOCAL x = 'ü'"};
  work.trial = {"trial \"quoted\"\n"};
  work.rows_per_batch = 500;
  work.count_left = "count";
  work.written = Statement("UPDATE t SET a = 1 WHERE {batch}");
  work.written->where = {"migrations/0001_a.sql", 7, 1, {}};
  return work;
}

Step full_step() {
  Step step;
  step.id = "1.2";
  step.phase = Phase::purge;
  step.kind = StepKind::check;
  step.title = "title";
  step.statements = {{"one", 1}, {"two"}};
  step.statements[1].where = {"migrations/0001_a.sql", 3, 5, {}};
  step.inverse = {{"undo", 0}};
  step.locks = {{{"shop", "users"}, LockLevel::share_update_exclusive}, {{"", "t"}, LockLevel::database}};
  step.rewrites = true;
  step.may_be_done = true;
  step.foreign_keys_off = true;
  step.scans = true;
  step.rows = 12'345'678'901;
  step.done_when = "SELECT 'done'";
  step.cleanup = {{"clean"}};
  step.removes = true;
  step.may_be_done = true;
  step.trial = {"try"};
  step.work = full_work();
  step.rebuild = Rebuild{"1_2", {"", "users"}, {{"drop_column", {"nickname"}}}};
  step.swap = true;
  step.destroys = true;
  step.undo = "not at all";
  return step;
}

Plan full_plan() {
  Plan plan;
  plan.version = 42;
  plan.label = "0042";
  plan.name = "everything";
  plan.description = "every member is set";
  plan.checksum = "abc";
  plan.dialect = Dialect::postgres;
  plan.steps = {full_step(), Step{}};
  plan.notes = {"note"};
  plan.touches = {"shop.users.a"};
  plan.reads = {"shop.users.b"};
  plan.counters = {{"subject", "query"}};
  plan.attic = {{{"shop", "users"}, "was", "name", {"an index"}, true, true}};
  plan.losses = {{"values", "SELECT 1", "Fill them.", full_work()}};
  plan.revert_losses = {{"rows", "SELECT 2", "", full_work()}};
  plan.no_revert = {"Nobody knows how."};
  plan.contract_obstacles = {"SELECT 'a view'"};
  plan.guards = {{Phase::purge, "trigger", "SELECT 'ok'"}};
  plan.doomed = {{{"shop", "users"}, "a"}};
  return plan;
}

TEST_CASE("a plan with every member set comes back from JSON as it was", "[plan]") {
  CHECK(parse_plan(to_json_text(full_plan())) == full_plan());
  CHECK(parse_plan(to_json_text(Plan{})) == Plan{});
}

// A new member must be set in full_plan() above: then the round trip fails until plan_json.cpp knows it.
TEST_CASE("the full plan knows every member that there is", "[plan]") {
  CHECK(members_of<Plan>() == 18);
  CHECK(members_of<RangeWork>() == 13);
  CHECK(members_of<Step>() == 21);
  CHECK(members_of<TableLock>() == 2);
  CHECK(members_of<Counter>() == 2);
  CHECK(members_of<AtticEntry>() == 6);
  CHECK(members_of<Loss>() == 4);
  CHECK(members_of<Guard>() == 3);
  CHECK(members_of<ColumnName>() == 2);
}

TEST_CASE("every word of the plan comes back", "[plan]") {
  for (const Phase phase :
       {Phase::expand, Phase::backfill, Phase::contract, Phase::purge, Phase::abort, Phase::revert})
    for (const StepKind kind : {StepKind::statements, StepKind::outside, StepKind::backfill, StepKind::check})
      for (int level = 0; level <= static_cast<int>(LockLevel::database); ++level) {
        Plan plan;
        plan.steps.emplace_back();
        plan.steps[0].phase = phase;
        plan.steps[0].kind = kind;
        plan.steps[0].locks = {{{"", "t"}, static_cast<LockLevel>(level)}};
        CHECK(parse_plan(to_json_text(plan)) == plan);
      }
}

TEST_CASE("a stored text that is not a plan is refused", "[plan]") {
  CHECK(test::error_of([] { parse_plan("{\"steps\":[{\"phase\":\"later\"}]}"); })
        == "error: unknown word \"later\" in a stored plan\n"
           "  hint: The plan was written by another version of afloat; use that one.\n");
  CHECK(test::error_of([] { parse_plan("nonsense"); }).starts_with("error: a stored plan cannot be read: "));
}
} // namespace
} // namespace afloat
