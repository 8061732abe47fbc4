#include "dialect/postgres/facts_reader.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

// Functions, cursors and temporary things that act on the session in which a statement runs.
namespace afloat::postgres {
namespace {
// Of these the parts are executed now; of others (CREATE VIEW, CREATE FUNCTION) they are only written down.
constexpr std::array<std::string_view, 9> k_executed{"SelectStmt",  "InsertStmt", "UpdateStmt",
                                                     "DeleteStmt",  "MergeStmt",  "CreateTableAsStmt",
                                                     "ExplainStmt", "CallStmt",   "DeclareCursorStmt"};

void refuse(StatementFacts& facts, const ParseNode& node, std::string refused, std::string hint) {
  if (!facts.refused.empty()) return;
  facts.refused = std::move(refused);
  facts.hint = std::move(hint);
  facts.offset = node.location().value_or(0);
}

/// set_config(name, value, is_local): SET, or SET LOCAL.
void read_set_config(const ParseNode& call, StatementFacts& facts) {
  const std::vector<ParseNode> arguments = call.list("args");
  if (arguments.size() != 3) return;
  const std::string name = lower_case(arguments[0]["sval"].text("sval"));
  if (!arguments[2]["boolval"].flag("boolval"))
    return refuse(facts, call, "set_config(…, false) would stay set in afloat's own session",
                  "Write true as its third argument: then it ends with the transaction.");
  facts.until_commit = true;
  if (facts.ended_by.empty()) facts.ended_by = end_of_setting(name);
  if (name == "lock_timeout")
    refuse(facts, call, "set_config('lock_timeout', …) would let this step keep others waiting",
           "Take it out: each try waits for a short time, and is made again; --lock-timeout sets it.");
}

void read_advisory(const ParseNode& call, std::string_view name, StatementFacts& facts) {
  if (name.find("_xact_") != std::string_view::npos) {
    facts.until_commit = true;
    return;
  }
  if (name.find("unlock") != std::string_view::npos)
    return refuse(facts, call, fmt::format("{} acts on afloat's own session", name),
                  "Take it out: pg_advisory_xact_lock ends with the transaction.");
  refuse(facts, call, fmt::format("{} would be held by afloat's own session beyond this step", name),
         "Write pg_advisory_xact_lock, which ends with the transaction. Two runs of afloat never change one "
         "database at once anyway.");
}

void read_calls(const ParseNode& root, StatementFacts& facts) {
  if (std::ranges::count(k_executed, root.type()) == 0) return;
  walk(root, [&](const ParseNode& node) {
    if (!node.is("FuncCall")) return;
    const std::vector<std::string> path = node.texts("funcname");
    if (path.empty() || (path.size() == 2 && path.front() != "pg_catalog")) return;
    const std::string& name = path.back();
    if (name == "set_config") read_set_config(node, facts);
    if (name.starts_with("pg_advisory_") || name.starts_with("pg_try_advisory_"))
      read_advisory(node, name, facts);
  });
}

void read_cursor(const ParseNode& root, StatementFacts& facts) {
  if (!root.is("DeclareCursorStmt")) return;
  constexpr std::int64_t k_hold = 0x20; // CURSOR_OPT_HOLD of parsenodes.h
  facts.what = fmt::format("DECLARE {}", root.text("portalname"));
  facts.until_commit = true;
  if ((root.number("options") & k_hold) != 0)
    refuse(facts, root,
           fmt::format("{} CURSOR WITH HOLD would stay open in afloat's own session", facts.what),
           "Leave out WITH HOLD: the cursor then ends with the transaction.");
}

/// In the body of a function it is an argument.
void refuse_parameter(const ParseNode& root, const ParseNode& parameter, StatementFacts& facts) {
  if (root.is("CreateFunctionStmt")) return;
  refuse(
      facts, parameter,
      fmt::format("\"${}\" stands for a parameter, which nobody gives a value", parameter.number("number")),
      "Write the value itself.");
}

/// What is temporary goes with its step: in front of a table of the same name, it would take the statements
/// of later steps, and a run that goes on after a kill would not have it.
void read_temporary(const ParseNode& root, StatementFacts& facts) {
  constexpr std::array<std::string_view, 5> k_makers{"CreateStmt", "CreateTableAsStmt", "ViewStmt",
                                                     "CreateSeqStmt", "SelectStmt"};
  bool makes = false;
  walk(root, [&](const ParseNode& node) {
    if (node.is("ParamRef")) refuse_parameter(root, node, facts);
    const bool maker = std::ranges::count(k_makers, root.type()) > 0;
    makes = makes || (maker && node.is("RangeVar") && node.text("relpersistence") == "t");
    makes = makes || (node.is("RangeVar") && node.text("schemaname") == "pg_temp");
  });
  const std::vector<std::string> function =
      root.is("CreateFunctionStmt") ? root.texts("funcname") : std::vector<std::string>();
  makes = makes || (function.size() == 2 && function.front() == "pg_temp");
  if (!makes) return;
  facts.until_commit = true;
  facts.ended_by = "DISCARD TEMP";
}
} // namespace

std::string end_of_setting(std::string_view setting) {
  if (setting == "role") return "RESET ROLE";
  return setting == "session_authorization" ? "RESET SESSION AUTHORIZATION" : "";
}

void read_session_use(const ParseNode& root, StatementFacts& facts) {
  read_calls(root, facts);
  read_cursor(root, facts);
  read_temporary(root, facts);
}

} // namespace afloat::postgres
