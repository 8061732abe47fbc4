#pragma once

#include <string>

namespace afloat {

/// From now on SIGINT, SIGTERM and SIGHUP end the program at once with `status`, behind these texts on stderr
/// and stdout; one that whoever started the program ignores stays ignored. While a run changes the database,
/// execution/interrupt.hpp takes them instead. As process 1 of a container afloat would not get them at all
/// without a handler.
void end_at_signals(std::string err, std::string out, int status);

/// A limit on file sizes, and a reader of our output that has gone, are failures of one write, which are
/// told; the default would end the process in the middle of a step.
void ignore_write_signals();

} // namespace afloat
