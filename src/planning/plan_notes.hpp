#pragma once

#include "model/plan.hpp"
#include "model/schema.hpp"
#include "operations/operation.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// What a plan says in sentences: what it can hurt, what it costs, what is not known.
namespace afloat {

/// It leaves triggers that keep the attic in sync until the purge.
bool syncs_attic(const OperationPlan& operation);

/// Those of an operation on the schema `before`, each once: its own, how a table grows as it is filled, which
/// functions may use what goes, what the attic costs, and why there is no way back.
void add_notes(Plan& plan, const OperationPlan& operation, const Schema& before);

/// What cannot be told about the tables that an operation works on (`names`), and what it has added to that:
/// behind the first `known_before` of Schema::unknown.
void note_unknown(Plan& plan, const Schema& schema, const std::vector<RelationName>& names,
                  std::size_t known_before);

/// The note that a plan has for a sentence of Plan::no_revert.
std::string note_without_revert(std::string_view why);

} // namespace afloat
