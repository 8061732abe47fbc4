#pragma once

#include "support/error.hpp"

#include <string>

namespace afloat::test {

/// The whole message that the body fails with, as a person reads it; "no error" when it does not fail.
template <typename Body>
std::string error_of(Body body) {
  try {
    body();
  } catch (const Error& error) {
    return describe(error);
  }
  return "no error";
}

} // namespace afloat::test
