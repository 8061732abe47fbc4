#include "dialect/postgres/carry_together.hpp"

#include <algorithm>
#include <array>

namespace afloat::postgres {
namespace {
/// In the order in which they are made again: a view may serve a policy, a publication wants the replica
/// identity.
constexpr std::array<std::string_view, 8> k_made_again{"sequence", "setting", "statistics", "trigger",
                                                       "function", "view",    "policy",     "publication"};

Work work_of(const SuccessionGroup& group, const Succession& succession, int server_version) {
  Work work{succession,
            twin_indexes(group, succession),
            twin_constraints(group, succession),
            {},
            succession.name == succession.from};
  if (server_version >= 180'000 && succession.not_null) {
    work.not_null_name = "not_null";
    for (const ColumnUser& user : succession.table.users)
      if (user.column == succession.from && user.kind == "not null") work.not_null_name = user.words;
  }
  return work;
}

/// Behind the swap, where nothing waits for those who have drawn a number.
bool moves_later(const Succession& succession, const ColumnUser& user) {
  return user.kind == "sequence" && !succession.sequences.empty();
}

std::vector<MadeAgain> made_again(const SuccessionGroup& group) {
  std::vector<MadeAgain> all;
  for (const std::string_view kind : k_made_again) {
    const auto first = static_cast<std::ptrdiff_t>(all.size());
    for (const Succession& member : group.members)
      for (const ColumnUser& user : member.table.users) {
        if (user.column != member.from || user.kind != kind || moves_later(member, user)) continue;
        const auto known = std::find_if(all.begin() + first, all.end(), [&](const MadeAgain& other) {
          return other.user->words == user.words && other.user->relation == user.relation;
        });
        if (known == all.end())
          all.push_back({&user, &member, user.depth});
        else
          known->depth = std::max(known->depth, user.depth);
      }
    std::stable_sort(all.begin() + first, all.end(),
                     [](const MadeAgain& one, const MadeAgain& other) { return one.depth < other.depth; });
  }
  return all;
}
} // namespace

Together together_of(const SuccessionGroup& group, int server_version) {
  Together all{group, {}, twin_pointing(group), made_again(group)};
  for (const Succession& member : group.members)
    all.members.push_back(work_of(group, member, server_version));
  return all;
}

std::vector<const TwinConstraint*> constraints_of(const Together& all) {
  std::vector<const TwinConstraint*> constraints;
  for (const Work& work : all.members)
    for (const TwinConstraint& constraint : work.constraints) constraints.push_back(&constraint);
  for (const TwinConstraint& constraint : all.pointing) constraints.push_back(&constraint);
  return constraints;
}

bool is_made_again(std::string_view kind) {
  return std::ranges::count(k_made_again, kind) > 0;
}

} // namespace afloat::postgres
