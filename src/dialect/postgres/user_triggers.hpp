#pragma once

#include "dialect/sql_writer.hpp"

#include <string>
#include <string_view>

/// Triggers of the user, while a sync is there.
namespace afloat::postgres {

/// True if a BEFORE ROW trigger of the user fires on `event` (&Trigger::on_update): it could assign any
/// column, whatever the statement names. One that is disabled is not counted: enabling it changes the table.
bool user_trigger_before(const Table& table, bool Trigger::* event);

/// What a batch of the backfill of this sync (Sync::id) says of itself, until its transaction ends. A table
/// that a trigger of the user writes in the batch has a sync with another id, which must not be silent.
/// Windows that are open since afloat said 'on' to all of them have that in their frozen plans, in the
/// batches as in the triggers, and go on so.
std::string in_backfill(std::string_view id);
/// Condition of a trigger of this sync: its backfill does not write this row.
std::string not_backfill(std::string_view id);

/// Triggers with a column list. `UPDATE OF old` fires for statements that set the old side, so not for those
/// of the new release, although sync then writes the old side. For the window the new side is put into the
/// list: one trigger fires once, whichever side a statement sets, and keeps its place among the others. It
/// stays silent in the backfill, which sets the new side and means nothing by it.
///
/// Statements that do so, under SHARE ROW EXCLUSIVE (ACCESS EXCLUSIVE for a constraint trigger), to whatever
/// triggers are there then; empty where the table as planned has none such. Several windows may widen one
/// trigger, and let go of it in any order.
std::string widen_triggers(const Sync& sync);
/// Takes the new side out of the lists that were widened. A trigger that was made anew since stays as it is.
std::string narrow_triggers(const Sync& sync);

} // namespace afloat::postgres
