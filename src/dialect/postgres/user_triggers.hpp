#pragma once

#include "dialect/sql_writer.hpp"

#include <string>

/// Triggers of the user with a column list, while a sync is there.
namespace afloat::postgres {

/// `UPDATE OF old` fires for statements that set the old side, so not for those of the new release, although
/// sync then writes the old side. For the window the new side is put into the list: one trigger fires once,
/// whichever side a statement sets, and keeps its place among the others. It stays silent in the backfill,
/// which sets the new side and means nothing by it.
///
/// Statements that do so, under SHARE ROW EXCLUSIVE (ACCESS EXCLUSIVE for a constraint trigger), to whatever
/// triggers are there then; empty where the table as planned has none such. Several windows may widen one
/// trigger, and let go of it in any order.
std::string widen_triggers(const Sync& sync);
/// Takes the new side out of the lists that were widened. A trigger that was made anew since stays as it is.
std::string narrow_triggers(const Sync& sync);

} // namespace afloat::postgres
