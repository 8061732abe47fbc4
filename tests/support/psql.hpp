#pragma once

#include <string>
#include <string_view>

namespace afloat::test {

/// Runs a script with psql, which speaks COPY … FROM STDIN: its rows stand behind it, ended by "\.". Throws
/// Error with what psql says if a statement fails.
void run_psql(std::string_view url, std::string_view script);

} // namespace afloat::test
