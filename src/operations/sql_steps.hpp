#pragma once

#include "operations/sql_judged.hpp"

#include <vector>

namespace afloat {

/// The steps of a block that is no backfill, without ids and ways back: its statements in one transaction,
/// but for those that run outside of one, each of which is a step and needs a probe. They are taken one by
/// one, so that of a long file nothing is kept but the steps.
class BlockSteps {
 public:
  /// Both must outlive it.
  BlockSteps(const OperationContext& context, const SqlBlock& block);
  /// Throws invalid_sql() for one that is of no use so, or that a run which was killed could not tell done
  /// from not done.
  void add(Judged statement);
  std::vector<Step> steps() &&;

 private:
  /// What is between two that run outside of a transaction.
  struct Together {
    Step step;
    std::vector<std::string> first_whats;
    SourcePosition first_where;
    std::vector<std::string> ends;
    std::size_t count = 0;
    bool until_commit = true; ///< each of them means something to what follows it alone
  };
  void refuse_without_use(const Judged& outside) const;
  void flush();

  const OperationContext& m_context;
  const SqlBlock& m_block;
  Together m_together;
  std::vector<Step> m_steps;
};

} // namespace afloat
