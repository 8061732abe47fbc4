// The program with an observer that ends or freezes it at a chosen point. Only the tests have it.
//   AFLOAT_FAULT_AT=N     at the N-th point that is reached, counted from 1
//   AFLOAT_FAULT_POINT=P  or at the first one of this name: "before commit 1.1"
//   AFLOAT_FAULT=kill     SIGKILL (default); stop: SIGSTOP; run: run AFLOAT_FAULT_COMMAND with a shell
//   AFLOAT_FAULT_LOG=F    append the name of each point to this file
#include "commands/session.hpp"
#include "program/program.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <unistd.h>

namespace {
std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

class FaultAtPoint : public afloat::Observer {
 public:
  void reached(std::string_view point) override {
    if (!m_log.empty()) std::ofstream(m_log, std::ios::app) << point << '\n';
    if (m_name.empty() ? ++m_reached != m_at : point != m_name || ++m_reached != 1) return;
    if (m_fault == "run") [[maybe_unused]]
      const int status = std::system(variable("AFLOAT_FAULT_COMMAND").c_str());
    else
      kill(getpid(), m_fault == "stop" ? SIGSTOP : SIGKILL);
  }

 private:
  int m_reached = 0;
  int m_at = std::atoi(variable("AFLOAT_FAULT_AT").c_str());
  std::string m_fault = variable("AFLOAT_FAULT"), m_log = variable("AFLOAT_FAULT_LOG"),
              m_name = variable("AFLOAT_FAULT_POINT");
};
} // namespace

int main(int argc, char** argv) {
  static FaultAtPoint observer;
  afloat::set_run_observer(observer);
  return afloat::run_program(argc, argv);
}
