#pragma once

namespace afloat {

/// The whole program: parses, runs the command, turns an Error into text (or JSON) and an exit status.
/// Catches everything.
int run_program(int argc, const char* const* argv);

} // namespace afloat
