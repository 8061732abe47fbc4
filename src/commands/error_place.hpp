#pragma once

#include "model/migration.hpp"
#include "support/error.hpp"

#include <optional>

namespace afloat {

/// Where in the migration's file a statement of its plan was asked for, which failed: the field whose text
/// the database complains of, else the operation of the step. Nothing where Error::step is no step of the
/// file.
std::optional<SourcePosition> place_of_error(const Migration& migration, const Error& error);

} // namespace afloat
