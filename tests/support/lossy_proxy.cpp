#include "support/lossy_proxy.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <fmt/format.h>

namespace afloat::test {
namespace {
constexpr int k_look_again_ms = 20; ///< how often a wait sees that the proxy is over

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("socket path too long: " + path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

[[noreturn]] void fail(std::string_view what) {
  throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
}

bool readable(int socket, int milliseconds) {
  pollfd waiting{socket, POLLIN, 0};
  return poll(&waiting, 1, milliseconds) > 0;
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string read_some(int socket) {
  std::array<char, 65536> buffer{};
  const ssize_t count = recv(socket, buffer.data(), buffer.size(), 0);
  return count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) : std::string();
}
} // namespace

LossyProxy::LossyProxy(const std::string& server_socket, int port, int lost_commit)
    : m_server_socket(server_socket), m_lost_commit(lost_commit) {
  const sockaddr_un own = address_of((m_folder / fmt::format(".s.PGSQL.{}", port)).string());
  m_listener = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(m_listener, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) fail("bind");
  if (listen(m_listener, 8) != 0) fail("listen");
  m_threads.emplace_back([this] { accept_clients(); });
}

LossyProxy::~LossyProxy() {
  m_over = true;
  m_threads.front().join(); // then no session comes any more
  for (std::size_t i = 1; i < m_threads.size(); ++i) m_threads[i].join();
  close(m_listener);
}

void LossyProxy::accept_clients() {
  while (!m_over) {
    if (!readable(m_listener, k_look_again_ms)) continue;
    const int client = accept(m_listener, nullptr, nullptr);
    if (client >= 0) m_threads.emplace_back([this, client] { pass(client); });
  }
}

/// One session, until either side ends it.
void LossyProxy::pass(int client) {
  const int server = socket(AF_UNIX, SOCK_STREAM, 0);
  const sockaddr_un address = address_of(m_server_socket);
  bool goes_on = connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  while (goes_on && !m_over) {
    std::array<pollfd, 2> waiting{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
    if (poll(waiting.data(), waiting.size(), k_look_again_ms) <= 0) continue;
    if (waiting[0].revents != 0) goes_on = pass_question(client, server);
    if (goes_on && waiting[1].revents != 0) {
      const std::string answer = read_some(server);
      goes_on = !answer.empty() && send_all(client, answer);
    }
  }
  close(server);
  close(client);
}

bool LossyProxy::pass_question(int client, int server) {
  const std::string question = read_some(client);
  if (question.empty() || !send_all(server, question)) return false;
  if (question.find("COMMIT") == std::string::npos || ++m_commits != m_lost_commit) return true;
  // The answer says that the transaction is over; the client never sees it.
  return readable(server, -1) && read_some(server).empty();
}

} // namespace afloat::test
