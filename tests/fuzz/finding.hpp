#pragma once

#include "support/error.hpp"

#include <stdexcept>
#include <string>

namespace afloat::test {

/// Ends the run with a finding unless it holds.
inline void require(bool holds, const std::string& finding) {
  if (!holds) throw std::logic_error(finding);
}

/// An error that a person would be shown must be whole.
inline void require_whole(const Error& error) {
  require(error.code != ErrorCode::bug, "an input must not be taken for a bug: " + error.message);
  require(!error.message.empty(), "an error without a message");
  require(error.where.has_value(), "an error without a place: " + error.message);
  require(!describe(error).empty(), "an error that describes nothing");
}

} // namespace afloat::test
