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
  if (!m_requested) return;
  m_told = true;
  throw Error(ErrorCode::interrupted, "interrupted", m_hint);
}

void Interrupt::wait(std::chrono::milliseconds duration) {
  std::unique_lock lock(m_mutex);
  m_changed.wait_for(lock, duration, [this] { return m_requested.load(); });
  lock.unlock();
  check();
}

bool Interrupt::is_heard() {
  return m_told || (m_database && m_database->was_cancelled());
}

void Interrupt::take_signals() {
  constexpr int k_again = 100; // milliseconds
  bool again = false;
  while (true) {
    pollfd files[] = {{m_signals, POLLIN, 0}, {m_stop, POLLIN, 0}};
    const int ready = poll(files, 2, again ? k_again : -1);
    if (ready < 0) continue;
    if (files[1].revents != 0) return;
    signalfd_siginfo info{};
    const bool signal = ready > 0 && read(m_signals, &info, sizeof info) == static_cast<ssize_t>(sizeof info);
    const std::lock_guard lock(m_mutex);
    m_requested = m_requested || signal;
    if (m_database && (signal || (again && !is_heard()))) m_database->cancel();
    m_changed.notify_all();
    again = m_requested && !is_heard();
  }
}

} // namespace afloat
