#include "src/file/owner.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

#include "src/base/clock.h"

using namespace kvstore;

namespace {

// A file that is there for one test.
struct TemporaryFile {
  std::string path = "/tmp/kvstore_owner_XXXXXX";
  int descriptor = mkstemp(path.data());
  ~TemporaryFile() {
    close(descriptor);
    unlink(path.c_str());
  }
};

int listen_on_loopback(int family) {
  const int listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_storage address{};
  address.ss_family = static_cast<sa_family_t>(family);
  if (family == AF_INET) {
    reinterpret_cast<sockaddr_in*>(&address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  } else {
    reinterpret_cast<sockaddr_in6*>(&address)->sin6_addr = in6addr_loopback;
  }
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 1) != 0) {
    close(listener);
    return -1;
  }
  return listener;
}

unsigned port_of(int listener) {
  sockaddr_in6 address{};
  socklen_t size = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin6_port);  // at the same place in both families
}

}  // namespace

TEST_CASE("a file that nobody locks has no owner") {
  TemporaryFile file;
  CHECK_FALSE(file::find_lock_owner(file.path));
  CHECK_FALSE(file::find_lock_owner("/tmp/kvstore_no_such_file"));
  CHECK_FALSE(file::find_lock_owner(-1));
}

TEST_CASE("a lock's owner is named with its pid, command line and start") {
  TemporaryFile file;
  REQUIRE(flock(file.descriptor, LOCK_EX) == 0);
  const auto owner = file::find_lock_owner(file.path);
  REQUIRE(owner);
  CHECK(owner->pid == getpid());
  CHECK(owner->command_line.find("test_file") != std::string::npos);
  CHECK(owner->started_us > 0);
  CHECK(owner->started_us <= now_us() + 2'000'000);  // boot time is in whole seconds
}

TEST_CASE("a lock held by another process names that process") {
  TemporaryFile file;
  int ready[2], done[2];
  REQUIRE(pipe(ready) == 0);
  REQUIRE(pipe(done) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const int own = open(file.path.c_str(), O_RDWR);
    char byte = flock(own, LOCK_EX) == 0 ? 'y' : 'n';
    close(done[1]);
    if (write(ready[1], &byte, 1) != 1 || read(done[0], &byte, 1) < 0) _exit(1);
    _exit(0);
  }
  char byte = 0;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  CHECK(byte == 'y');
  const auto owner = file::find_lock_owner(file.descriptor);
  close(done[1]);
  waitpid(child, nullptr, 0);
  for (const int end : {ready[0], ready[1], done[0]}) close(end);
  REQUIRE(owner);
  CHECK(owner->pid == child);
}

TEST_CASE("an owner that listens is found with its addresses") {
  TemporaryFile file;
  REQUIRE(flock(file.descriptor, LOCK_EX) == 0);
  const int v4 = listen_on_loopback(AF_INET);
  const int v6 = listen_on_loopback(AF_INET6);  // -1 on a machine without IPv6
  REQUIRE(v4 >= 0);
  const auto owner = file::find_lock_owner(file.path);
  const std::string v4_text = "127.0.0.1:" + std::to_string(port_of(v4));
  const std::string v6_text = v6 < 0 ? "" : "[::1]:" + std::to_string(port_of(v6));
  close(v4);
  if (v6 >= 0) close(v6);
  REQUIRE(owner);
  REQUIRE(owner->listening.size() == (v6 < 0 ? 1 : 2));
  CHECK(owner->listening[0] == v4_text);
  if (v6 >= 0) CHECK(owner->listening[1] == v6_text);
}

TEST_CASE("a lock is put into words, with what to type next") {
  setenv("TZ", "UTC", 1);
  tzset();
  file::Owner owner;
  owner.pid = 1234;
  owner.arguments = {"kvstore", "data.bin", "--listen", "7878"};
  owner.command_line = "kvstore data.bin --listen 7878";
  owner.started_us = 1'795'255'200'000'000;
  owner.listening = {"127.0.0.1:7878"};
  const Error error = file::describe_lock("data.bin", owner);
  CHECK(error.code == Code::kLocked);
  CHECK(error.message ==
        "data.bin is being written by process 1234 (kvstore data.bin --listen 7878) since "
        "2026-11-21T10:00:00Z");
  CHECK(error.hint == "it listens: kvstore connect 127.0.0.1:7878");
  owner.listening = {"0.0.0.0:7878"};
  CHECK(file::describe_lock("data.bin", owner).hint == "it listens: kvstore connect 127.0.0.1:7878");
  owner.listening = {"[::]:7878"};
  CHECK(file::describe_lock("data.bin", owner).hint == "it listens: kvstore connect [::1]:7878");
}

TEST_CASE("the hint of a lock leads to the port that speaks the owner's protocol") {
  const auto hint = [](std::vector<std::string> options, std::vector<std::string> listening) {
    file::Owner owner;
    owner.arguments = {"/usr/bin/kvstore", "data.bin"};
    owner.arguments.insert(owner.arguments.end(), options.begin(), options.end());
    owner.listening = std::move(listening);
    return file::describe_lock("data.bin", owner).hint;
  };
  const std::string http = "127.0.0.1:8080", text = "127.0.0.1:7878", metrics = "127.0.0.1:9100";
  CHECK(hint({"--listen", "7878", "--http", "8080", "--metrics=9100"}, {metrics, http, text}) ==
        "it listens: kvstore connect 127.0.0.1:7878");
  CHECK(hint({"--http=0.0.0.0:8080", "--listen"}, {"0.0.0.0:8080", text}) ==
        "it listens: kvstore connect 127.0.0.1:7878");
  CHECK(hint({"--listen", "0", "--http", "8080"}, {http, "127.0.0.1:40001"}) ==
        "it listens: kvstore connect 127.0.0.1:40001");
  CHECK(hint({"--listen", "7878", "--tls-cert", "c", "--tls-key", "k"}, {text}) ==
        "it listens: kvstore connect --tls 127.0.0.1:7878");
  CHECK(hint({"--tls-listen", "7979", "--tls-cert", "c", "--http", "8080"},
             {http, "127.0.0.1:7979"}) == "it listens: kvstore connect --tls 127.0.0.1:7979");
  CHECK(hint({"--http", "8080"}, {http})
            .starts_with("it serves HTTP: curl http://127.0.0.1:8080/KEY"));
  CHECK(hint({"--http", "8080", "--tls-cert", "c"}, {http}).find("https://") != std::string::npos);
  // Named elsewhere: the environment, or a configuration file.
  CHECK(
      hint({"--config", "k.toml"}, {http, text}) ==
      "it listens on 127.0.0.1:8080, 127.0.0.1:7878: kvstore connect ADDRESS, with --tls where it "
      "speaks TLS");
}

TEST_CASE("a port of a program that only embeds the store is no place to connect to") {
  file::Owner owner;
  owner.arguments = {"/usr/bin/python3", "app.py", "--listen", "8000"};
  owner.listening = {"127.0.0.1:8000"};
  CHECK(file::describe_lock("d", owner).hint.find("--wait 60") == 0);
}

TEST_CASE("what is not known about a lock's owner is left out") {
  file::Owner owner;
  owner.pid = 7;
  CHECK(file::describe_lock("d", owner).message == "d is being written by process 7");
  CHECK(file::describe_lock("d", owner).hint ==
        "--wait 60 to wait longer, or read beside it: kvstore --read-only d");
}

TEST_CASE("a hostile command line cannot reach the terminal raw") {
  TemporaryFile file;
  int ready[2], done[2];
  REQUIRE(pipe(ready) == 0);
  REQUIRE(pipe(done) == 0);
  REQUIRE(flock(file.descriptor, LOCK_EX) == 0);
  const pid_t child = fork();
  if (child == 0) {
    // The lock stays with whoever took it; take one of our own.
    close(file.descriptor);
    const int own = open(file.path.c_str(), O_RDWR);
    close(ready[0]);
    close(done[1]);
    dup2(done[0], 0);
    dup2(ready[1], 1);
    if (flock(own, LOCK_EX) != 0) _exit(1);
    const char* script = "echo ready; read line; exit";
    execl("/bin/sh", "sh", "-c", script, "\033[2J\"quote\" \n", static_cast<char*>(nullptr));
    _exit(1);
  }
  flock(file.descriptor, LOCK_UN);
  char byte = 0;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  const auto owner = file::find_lock_owner(file.path);
  close(done[1]);
  waitpid(child, nullptr, 0);
  for (const int end : {ready[0], ready[1], done[0]}) close(end);
  REQUIRE(owner);
  CHECK(owner->pid == child);
  CHECK(owner->command_line ==
        "sh -c \"echo ready; read line; exit\" \"\\x1b[2J\\\"quote\\\" \\x0a\"");
}
