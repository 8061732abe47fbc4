#include "execution/process.hpp"
#include "support/text.hpp"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace afloat {
namespace {
std::vector<std::string> parts_of_own() {
  return split(own_process(), ' ');
}

TEST_CASE("this process is not gone", "[process]") {
  REQUIRE(parts_of_own().size() == 4);
  CHECK(parts_of_own()[2] == std::to_string(getpid()));
  CHECK_FALSE(is_process_gone(own_process()));
}

TEST_CASE("a later process with the same pid is another one", "[process]") {
  auto parts = parts_of_own();
  parts[3] = "1";
  CHECK(is_process_gone(join(parts, " ")));
}

TEST_CASE("a process that has ended is gone", "[process]") {
  int pipes[2];
  REQUIRE(pipe(pipes) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const std::string name = own_process();
    _exit(write(pipes[1], name.data(), name.size()) > 0 ? 0 : 1);
  }
  char buffer[512];
  const ssize_t size = read(pipes[0], buffer, sizeof buffer);
  REQUIRE(size > 0);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  close(pipes[0]);
  close(pipes[1]);
  CHECK(is_process_gone(std::string(buffer, static_cast<std::size_t>(size))));
}

TEST_CASE("nothing is said about a process of another host or another container", "[process]") {
  auto parts = parts_of_own();
  parts[3] = "1";
  auto elsewhere = parts;
  elsewhere[0] = "another-host";
  CHECK_FALSE(is_process_gone(join(elsewhere, " ")));
  elsewhere = parts;
  elsewhere[1] = "pid:[1]";
  CHECK_FALSE(is_process_gone(join(elsewhere, " ")));
  CHECK_FALSE(is_process_gone("not a process"));
}
} // namespace
} // namespace afloat
