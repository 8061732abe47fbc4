#pragma once

#include "operations/operation.hpp"

#include <optional>
#include <string>

/// What a change_type wants, and the shapes that the table takes on the way there.
namespace afloat {

/// Of one column. The references are into the schema of the context.
struct TypeChange {
  const Table& table;
  const Column& column;
  std::string type;
  std::string name;         ///< of the new shape in the end
  std::string beside;       ///< of the new shape in the window
  std::string attic;        ///< of the old shape behind contract
  std::string up, down;     ///< as written, or made; empty where an author must say
  bool hidden = false;      ///< the new shape has a working name
  std::string default_sql;  ///< of the new shape, where another operation says it
  bool stored_only = false; ///< nothing was said about values: `up` stores the value as it is, or casts it
  std::optional<AsideTable> aside = {}; ///< `attic = "aside"`
};

/// Error invalid_migration for a table or a column that is not there.
TypeChange type_change_of(const OperationSpec& spec, const OperationContext& context);
/// What the old default becomes; nothing if there is none, or `up` needs more than the column.
std::optional<std::string> final_default(const TypeChange& want, const OperationContext& context);
/// On SQLite NOT NULL would reject the new release, which leaves the old shape out.
bool must_relax(const TypeChange& want, Dialect dialect);
/// The new shape has a default in the window already.
bool window_has_default(const TypeChange& want, const OperationContext& context);
/// Indexes, constraints and keys name the new shape then.
void rename_in(Table& table, const TypeChange& want, const OperationContext& context);

Sync window_sync(const OperationSpec& spec, const TypeChange& want, const OperationContext& context);
/// Behind the swap the old shape has its attic name.
Sync attic_sync(const OperationSpec& spec, const TypeChange& want, const OperationContext& context);
Succession succession_of(const TypeChange& want, const OperationContext& context);
/// The way back is a succession too: the column in the attic succeeds the one that has taken its name.
Succession succession_back(const TypeChange& want, const OperationContext& context);

/// What is refused, with its place in the file. (type_change_refusals.cpp)
void refuse_type(const OperationSpec& spec, const OperationContext& context, const TypeChange& want);
void refuse_column(const OperationSpec& spec, const OperationContext& context, const TypeChange& want);
void refuse_values(const OperationSpec& spec, const OperationContext& context, const TypeChange& want);

} // namespace afloat
