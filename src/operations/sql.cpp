#include "operations/common.hpp"
#include "operations/rows.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <fmt/format.h>

// The author's own statements. Each phase is one short transaction; with `transaction = false` it is one
// statement outside a transaction, and then `done_when` must say how a later run knows whether it took
// effect.
namespace afloat {
namespace {
/// The first words of the statements in a text. The bodies of triggers and of BEGIN ATOMIC functions come
/// along: a word after a semicolon in them counts too, but "end" and "begin" only outside of a CREATE.
std::string transaction_word(std::string_view sql) {
  bool at_start = true, creates = false;
  for (const Token& token : tokenize(sql)) {
    if (token.kind == TokenKind::space) continue;
    if (at_start) {
      for (const std::string_view word : {"commit", "rollback", "savepoint", "release", "abort", "start"})
        if (token.is(word)) return std::string(word);
      if (!creates && (token.is("begin") || token.is("end"))) return lower_case(token.text);
      creates = creates || token.is("create");
    }
    at_start = token.text == ";";
  }
  return {};
}

void refuse_transactions(const OperationSpec& spec, const OperationContext& context) {
  for (const std::string_view field : {"expand", "contract", "abort"})
    for (const std::string& sql : list(spec.fields, field))
      if (const std::string word = transaction_word(sql); !word.empty())
        throw invalid(spec, context, field,
                      fmt::format("\"{}\" controls transactions, and that is afloat's part", word),
                      "Leave it out: each phase is one transaction already. Nothing was changed.");
}

std::vector<Statement> statements_of(const OperationSpec& spec, std::string_view field) {
  std::vector<Statement> statements;
  for (const std::string& sql : list(spec.fields, field)) statements.emplace_back(sql);
  return statements;
}

Step step_of(const OperationSpec& spec, Phase phase, std::string_view field) {
  Step step;
  step.phase = phase;
  step.title = fmt::format("run the given statements ({})", field);
  step.statements = statements_of(spec, field);
  if (phase == Phase::expand) {
    step.inverse = statements_of(spec, "abort");
    step.undo = step.inverse.empty() ? "afloat cannot undo this: the operation has no `abort`"
                                     : "runs the `abort` statements";
  } else {
    step.swap = true;
    step.undo = "not by afloat: these are your own statements";
  }
  return step;
}

void make_outside(const OperationSpec& spec, const OperationContext& context, Step& step) {
  if (step.statements.size() != 1)
    throw invalid(spec, context, "transaction",
                  "without a transaction each operation has exactly one statement",
                  "Write one operation for each statement. Nothing was changed.");
  const std::string probe = text(spec.fields, "done_when");
  if (probe.empty())
    throw invalid(
        spec, context, "transaction",
        "without a transaction, a run that was killed cannot know whether the statement took effect",
        "Add `done_when = \"SELECT …\"`, a query whose one value is true once it did. Nothing was changed.");
  step.kind = StepKind::outside;
  step.done_when = fmt::format("SELECT CASE WHEN ({}) THEN 'done' ELSE 'absent' END", probe);
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  refuse_transactions(spec, context);
  OperationPlan plan;
  for (const auto& [phase, field] :
       {std::pair(Phase::expand, "expand"), std::pair(Phase::contract, "contract")})
    if (!list(spec.fields, field).empty()) plan.steps.push_back(step_of(spec, phase, field));
  if (plan.steps.empty())
    throw invalid(spec, context, "expand", "there are no statements",
                  "Give `expand`, `contract` or both. Nothing was changed.");
  if (!flag(spec.fields, "transaction", true))
    for (Step& step : plan.steps) make_outside(spec, context, step);
  plan.notes.push_back(
      "These statements are yours: afloat does not know their locks, and cannot say what they may hurt.");
  return plan;
}

constexpr FieldRow k_fields[] = {
    {"expand", FieldType::text_or_list, false, "Statements of the expand phase"},
    {"contract", FieldType::text_or_list, false, "Statements of the contract phase"},
    {"abort", FieldType::text_or_list, false, "Statements that undo `expand`"},
    {"transaction", FieldType::flag, false, "false: one statement, outside a transaction"},
    {"done_when", FieldType::text, false,
     "With `transaction = false`: a query that is true once the statement took effect"},
};
} // namespace

const OperationRow k_sql{"sql",    "Your own statements for each phase",
                         k_fields, [](const OperationSpec&) { return std::vector<RelationName>{}; },
                         plan,     [](const OperationSpec&, const OperationContext&, Schema&, Shape) {},
                         false};

} // namespace afloat
