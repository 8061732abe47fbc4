#pragma once

#include "dialect/sql_writer.hpp"
#include "operations/foreign_key.hpp"
#include "operations/operation.hpp"

#include <optional>
#include <string>
#include <vector>

/// `attic = "aside"` where another table takes the columns over: contract drops them, because the other table
/// has their values. A revert makes them again under their attic names, in sync, and fills them from there;
/// it goes on as with hidden columns.
namespace afloat {

/// Nothing without `attic = "aside"`. Error invalid_migration with the reason where it cannot be. `key`: by
/// which the rows belong together, where it is not the operation's own.
std::optional<AsideTable> aside_of_cross(const OperationSpec& spec, const OperationContext& context,
                                         const CrossSync& window, const ForeignKey* key = nullptr);

/// Revert: the columns under their attic names, in sync, filled and compared.
std::vector<Step> cross_remade(const AsideTable& aside, const CrossSync& window,
                               const OperationContext& context);
/// Nothing where neither values nor triggers are left behind contract.
void append_cross_purge(const AsideTable& aside, const CrossSync& window, OperationPlan& plan);
/// What was asked of the hidden columns is asked of what would come back.
std::vector<Loss> asked_of_cross(const AsideTable& aside, const CrossSync& window, std::vector<Loss> losses,
                                 const OperationContext& context);
/// What contract does to those who do not name columns.
std::string cross_aside_note(const CrossSync& window);
/// Reads, and the notes of contract.
void append_cross_aside_facts(const AsideTable& aside, const CrossSync& window,
                              const OperationContext& context, OperationPlan& plan);

} // namespace afloat
