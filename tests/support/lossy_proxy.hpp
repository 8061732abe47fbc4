#pragma once

#include "support/temp_folder.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace afloat::test {

/// Stands between a client and PostgreSQL's Unix socket and passes everything on, but for the server's answer
/// to one COMMIT, counted over all sessions from 1: that transaction is over, and its client is cut off
/// without knowing it.
class LossyProxy {
 public:
  LossyProxy(const std::string& server_socket, int port, int lost_commit);
  ~LossyProxy(); ///< cuts every session

  std::string folder() const { return m_folder.path().string(); } ///< of its own socket, same port
  bool has_cut() const { return m_commits >= m_lost_commit; }

 private:
  void accept_clients();
  void pass(int client);
  bool pass_question(int client, int server);

  TempFolder m_folder;
  std::string m_server_socket;
  int m_listener = -1;
  int m_lost_commit = 0;
  std::atomic<int> m_commits = 0;
  std::atomic<bool> m_over = false;
  std::vector<std::thread> m_threads;
};

} // namespace afloat::test
