#include "support/places.hpp"

namespace afloat::test {

std::filesystem::path source_folder() {
  return AFLOAT_SOURCE_DIR;
}

std::string afloat_program() {
  return AFLOAT_PROGRAM;
}

std::string faulty_program() {
  return AFLOAT_FAULTY_PROGRAM;
}

} // namespace afloat::test
