#include "operations/enum_succession.hpp"
#include "operations/revert.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
/// The columns in the attic succeed those that have taken their names, and so does their type.
SuccessionGroup group_back(const RemovedValue& what) {
  const TypeSuccession& forward = what.removal.succession;
  SuccessionGroup group;
  for (const EnumMember& member : what.removal.members) {
    Succession back = succession_of(what, member);
    back.back = true;
    back.attic = member.beside;
    Column now = back.successor;
    now.name = member.column.name;
    now.type = member.column.type;
    now.not_null = member.column.not_null;
    now.default_sql = member.default_sql;
    *back.table.find_column(member.column.name) = now;
    back.successor = member.column;
    back.successor.name = member.attic;
    back.successor.type = member.type_attic;
    back.default_sql = member.column.default_sql;
    back.keep_default = false;
    group.members.push_back(std::move(back));
  }
  group.type = TypeSuccession{.from = forward.from,
                              .beside = what.context.sql.relation(what.removal.attic),
                              .create = {},
                              .swap = undone(forward.swap)};
  return group;
}

/// In the attic a constant is one of the old type, which has another name there.
std::string over_old_type(const RemovedValue& what, const std::string& text) {
  const std::string cast = "::" + what.removal.succession.from;
  std::string result;
  std::size_t from = 0;
  for (std::size_t at = text.find(cast); at != std::string::npos; at = text.find(cast, from)) {
    const std::size_t behind = at + cast.size();
    const bool longer = behind < text.size()
                        && (text[behind] == '_' || std::isalnum(static_cast<unsigned char>(text[behind])));
    result +=
        text.substr(from, at - from) + (longer ? cast : "::" + what.context.sql.relation(what.removal.attic));
    from = behind;
  }
  return result + text.substr(from);
}

Table over_old_type(const RemovedValue& what, Table table) {
  for (Constraint& constraint : table.constraints)
    constraint.definition = over_old_type(what, constraint.definition);
  for (Index& index : table.indexes) {
    index.predicate = over_old_type(what, index.predicate);
    for (IndexPart& part : index.parts) part.expression = over_old_type(what, part.expression);
  }
  return table;
}
} // namespace

std::vector<Step> revert_steps(const RemovedValue& what, const Carry& forward) {
  const SqlWriter& sql = what.context.sql;
  const std::vector<EnumMember>& members = what.removal.members;
  const Carry back = sql.carry(group_back(what));
  std::vector<Step> steps = back.beside;
  std::ranges::copy(back.before, std::back_inserter(steps));
  std::vector<Piece> pieces;
  std::vector<std::string> subjects;
  for (auto member = members.rbegin(); member != members.rend(); ++member)
    pieces.push_back(sql.drop_sync(attic_sync(what, *member)));
  pieces.push_back(back.swap);
  for (const EnumMember& member : members) {
    pieces.push_back(sql.create_sync(window_sync(member)));
    if (const auto counter = value_counter(what, member)) pieces.push_back(sql.create_sync(*counter));
    subjects.push_back(subject_of(member));
  }
  steps.push_back(revert_step(fmt::format("{} and the enum {} come back from the attic, in sync both ways",
                                          join(subjects, ", "), type_of(what)),
                              std::move(pieces)));
  std::ranges::copy(back.after, std::back_inserter(steps));
  std::ranges::copy(forward.beside, std::back_inserter(steps));
  return steps;
}

std::vector<Loss> revert_losses(const RemovedValue& what) {
  std::vector<Loss> losses;
  std::vector<RelationName> seen;
  for (const EnumMember& member : what.removal.members) {
    if (!member.column.not_null)
      losses.push_back(unmapped_rows(attic_sync(what, member), false, what.context));
    if (std::ranges::count(seen, member.table.name) > 0) continue;
    seen.push_back(member.table.name);
    const Table table = over_old_type(what, member.table);
    HiddenColumns hidden{table, {}};
    for (const EnumMember& other : what.removal.members) {
      hidden.targets.push_back({other.table.name, other.column.name, other.attic});
      if (other.table.name == member.table.name) hidden.names.emplace_back(other.column.name, other.attic);
    }
    std::ranges::move(losses_of_rebuild(hidden, what.context), std::back_inserter(losses));
  }
  return losses;
}

} // namespace afloat
