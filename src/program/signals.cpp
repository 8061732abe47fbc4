#include "program/signals.hpp"

#include <csignal>
#include <unistd.h>
#include <utility>

namespace afloat {
namespace {
// A handler may not allocate, nor be given anything.
struct Farewell {
  std::string err, out;
  int status = 1;
};

Farewell& farewell() {
  static Farewell one;
  return one;
}

void end(int /*number*/) {
  const Farewell& last = farewell();
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, last.err.data(), last.err.size());
  written = write(STDOUT_FILENO, last.out.data(), last.out.size());
  _exit(last.status);
}
} // namespace

void end_at_signals(std::string err, std::string out, int status) {
  farewell() = {std::move(err), std::move(out), status};
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before{};
    sigaction(number, nullptr, &before);
    if (before.sa_handler != SIG_IGN) std::signal(number, end);
  }
}

void ignore_write_signals() {
  for (const int number : {SIGXFSZ, SIGPIPE}) std::signal(number, SIG_IGN);
}

} // namespace afloat
