#pragma once

#include "operations/operation.hpp"

#include <map>
#include <string>
#include <vector>

namespace afloat {

/// Looks for rows that break a constraint which stands on columns that an earlier operation of the migration
/// renames or adds: by what these will be filled from, so that they can be made before anything is changed.
class EarlyLooks {
 public:
  /// `start`: the schema before the migration.
  explicit EarlyLooks(const Schema& start) : m_start(start) {}

  /// Checks of the phase expand, which need nothing that an operation of the migration makes. None where the
  /// operation makes no constraint, or its rows cannot be told yet.
  std::vector<Step> of(const OperationSpec& spec, const OperationRow& row,
                       const OperationContext& context) const;
  /// Takes an operation in, for those behind it.
  void add(const OperationSpec& spec, const OperationContext& context);

 private:
  struct Source {
    std::string column;     ///< empty: it is computed
    std::string expression; ///< over the columns that are there
  };
  bool rewrite(OperationSpec& spec, const Table& table) const;

  const Schema& m_start;
  std::map<std::pair<RelationName, std::string>, Source> m_sources; ///< by table and new column
};

} // namespace afloat
