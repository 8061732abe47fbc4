#include "execution/interrupt.hpp"

#include <csignal>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <utility>

namespace afloat {
namespace {
sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
  return set;
}
} // namespace

Interrupt::Interrupt(std::string hint) : m_hint(std::move(hint)) {
  const sigset_t set = our_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  m_signals = signalfd(-1, &set, SFD_CLOEXEC);
  m_stop = eventfd(0, EFD_CLOEXEC);
  m_thread = std::thread([this] { take_signals(); });
}

Interrupt::~Interrupt() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(m_stop, &one, sizeof one);
  m_thread.join();
  close(m_signals);
  close(m_stop);
  const sigset_t set = our_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void Interrupt::watch(Database* database) {
  const std::lock_guard lock(m_mutex);
  m_database = database;
}

void Interrupt::check() const {
  if (m_requested) throw Error(ErrorCode::interrupted, "interrupted", m_hint);
}

void Interrupt::wait(std::chrono::milliseconds duration) {
  std::unique_lock lock(m_mutex);
  m_changed.wait_for(lock, duration, [this] { return m_requested.load(); });
  lock.unlock();
  check();
}

void Interrupt::take_signals() {
  while (true) {
    pollfd files[] = {{m_signals, POLLIN, 0}, {m_stop, POLLIN, 0}};
    if (poll(files, 2, -1) < 0) continue;
    if (files[1].revents != 0) return;
    signalfd_siginfo info{};
    if (read(m_signals, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) continue;
    const std::lock_guard lock(m_mutex);
    m_requested = true;
    if (m_database) m_database->cancel();
    m_changed.notify_all();
  }
}

} // namespace afloat
