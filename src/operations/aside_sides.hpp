#pragma once

#include "operations/operation.hpp"

#include <optional>
#include <string>
#include <vector>

/// `attic = "aside"` where other columns take the place of the old ones: contract takes those out of the
/// table, and of their values only what `down` does not give back is kept, by key. A revert first makes them
/// again under their attic names, in sync; from there it goes the way that it goes with a hidden column.
namespace afloat {

/// Nothing without `attic = "aside"`. Error invalid_migration with the reason where it cannot be. `window`
/// and `attic`: the operation's syncs, as with a hidden column.
std::optional<AsideTable> aside_of_sides(const OperationSpec& spec, const OperationContext& context,
                                         const Sync& window, const Sync& attic);

/// Contract, before the swap: keeps what `down` does not give back. The sweeps that end it look at every row:
/// a check of its own would be asked by `verify` and the gate, before there is anything kept.
void append_keeping(const AsideTable& aside, const Sync& window, OperationPlan& plan);

/// The swap, which drops the old columns: `pieces` of the operation between letting go of the window's
/// triggers and making those that follow the key.
std::vector<Piece> aside_swap_pieces(const AsideTable& aside, const Sync& window, const Sync& attic,
                                     std::vector<Piece> pieces, const OperationContext& context);

/// Revert: the old columns under their attic names, in sync, filled and compared. `columns`: as they are to
/// be there, by those names; a default is set. `properties`: what else they are to have.
std::vector<Step> aside_remade(const AsideTable& aside, const Sync& attic, const std::vector<Column>& columns,
                               std::vector<Piece> properties, const OperationContext& context);

/// What was asked of the columns in the attic is asked of what would come back.
std::vector<Loss> asked_aside(const AsideTable& aside, const Sync& attic, std::vector<Loss> losses,
                              const OperationContext& context);

/// The same of columns that are called so in the attic of `table`; `instead`: what has taken their place.
std::vector<Loss> asked_of_values(const AsideTable& aside, const Table& table,
                                  const std::vector<std::string>& hidden, const std::string& instead,
                                  std::vector<Loss> losses, const OperationContext& context);

Step aside_sides_purge(const AsideTable& aside, const Sync& window);

/// Attic entries, reads, guards and notes, instead of those of a hidden column.
void append_aside_sides_facts(const AsideTable& aside, const Sync& window, const OperationContext& context,
                              OperationPlan& plan);

} // namespace afloat
