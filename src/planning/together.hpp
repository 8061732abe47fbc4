#pragma once

#include "dialect/sql_writer.hpp"
#include "model/migration.hpp"
#include "model/schema.hpp"
#include "operations/operation.hpp"

#include <string>
#include <vector>

namespace afloat {

/// The operations of one migration that come before one of them: what they touch, and what of it a later one
/// may work on in the same window.
///
/// Contract does one operation after the other, so a constraint that is made there finds what the earlier
/// ones leave: the renamed column under its new name, the added one filled. What acts on the column while the
/// window is open (a sync, a backfill, another name) would act on the half that goes, or before it is filled,
/// and needs a window of its own.
class Together {
 public:
  /// The touches that the operation must not share.
  std::vector<std::string> kept_from(const OperationSpec& spec) const;
  /// Rows are looked at when the earlier operations have filled them, not before.
  void look_later(const OperationSpec& spec, OperationPlan& operation) const;
  /// Error invalid_migration for an operation on a table that is only a copy until contract (SQLite: the new
  /// name of a rename_table).
  void refuse_copies(const OperationSpec& spec, const std::vector<RelationName>& tables,
                     const std::string& migration, int number) const;
  /// The same for one of a type that must not be in one window with an earlier one on one of these tables.
  void refuse_pairs(const OperationSpec& spec, const std::vector<RelationName>& tables,
                    const std::string& migration, int number, Dialect dialect) const;
  /// PostgreSQL: the first column that an earlier operation constrains at contract and that this one then
  /// puts another in the place of, or empty: the constraint would go to the attic with it.
  std::string constrained(const OperationSpec& spec, const OperationPlan& operation) const;
  /// Takes the operation in, once it is planned; `tables`: those that it names and locks, `before`: as it was
  /// planned on.
  void add(const OperationSpec& spec, const OperationPlan& operation, std::vector<RelationName> tables,
           const Schema& before);
  /// What to do instead, where the operation shares `touch`; without full stop.
  std::string hint(const OperationSpec& spec, const std::string& touch) const;

 private:
  struct Touched {
    std::string type;                 ///< of the operation
    std::vector<std::string> touches; ///< all of them
    std::vector<std::string> reads;
    std::vector<RelationName> tables;
    std::vector<std::string> stays; ///< those of which a constraint may be made
    bool not_null = true;           ///< they may be NOT NULL in the end
  };
  static bool lets(const Touched& earlier, const OperationSpec& spec, const std::string& touch);
  std::vector<Touched> m_operations;
  std::vector<RelationName> m_copies;
};

} // namespace afloat
