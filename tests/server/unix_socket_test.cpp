// A server at a path: who may connect, what stands there already, and what is left.
#include "server/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include "tests/server/fixture.h"

using namespace kvstore;
using test::Client;
using test::TestServer;

namespace {

Client connect_to(const std::string& path) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  std::memcpy(address.sun_path, path.data(), path.size());
  REQUIRE(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return Client(socket);
}

bool exists(const std::string& path) {
  struct stat there {};
  return ::lstat(path.c_str(), &there) == 0;
}

}  // namespace

TEST_CASE("a unix socket serves, has its mode, and is gone at the end") {
  const testing::TempDir directory;
  server::Config config;
  config.unix_socket = directory / "socket";
  config.unix_socket_mode = 0640;
  {
    const TestServer server(config);
    Client client = connect_to(config.unix_socket);
    client.send("SET a 1\nGET a\n");
    CHECK(client.receive(15) == "+OK\n+VALUE 1\n1\n");
    struct stat there {};
    REQUIRE(::stat(config.unix_socket.c_str(), &there) == 0);
    CHECK((there.st_mode & 0777) == 0640);
    CHECK(server.ask("GET a\n") == "+VALUE 1\n1\n");
    const auto done =
        test::run_tool({KVSTORE_BINARY, "connect", "unix:" + config.unix_socket, "GET", "a"});
    CHECK(done.output == "1\n");
    CHECK(test::run_tool({"redis-cli", "-s", config.unix_socket, "GET", "a"}).output == "1\n");
  }
  CHECK_FALSE(exists(config.unix_socket));
}

TEST_CASE("clients of a unix socket are named by their process") {
  const testing::TempDir directory;
  server::Config config;
  config.unix_socket = directory / "socket";
  config.log_level = "debug";
  const TestServer server(config);
  Client client = connect_to(config.unix_socket);
  client.send("PING\n");
  CHECK(client.receive_line() == "+PONG\n");
  CHECK(server.log_says("unix (pid " + std::to_string(::getpid())));
}

TEST_CASE("a socket that nobody listens on is replaced, and nothing else is") {
  const testing::TempDir directory;
  const std::string path = directory / "socket";
  { REQUIRE(server::listen_on_path(path, 0600)); }  // left behind, as by a killed server
  REQUIRE(exists(path));
  const auto listening = server::listen_on_path(path, 0600);
  REQUIRE(listening);
  const auto second = server::listen_on_path(path, 0600);
  REQUIRE_FALSE(second);
  CHECK(second.error().message.find("another server listens there") != std::string::npos);
  const std::string file = directory / "file";
  std::ofstream(file) << "x";
  const auto refused = server::listen_on_path(file, 0600);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("is not a socket") != std::string::npos);
  CHECK(exists(file));
}

TEST_CASE("a path that is too long is refused") {
  const auto refused = server::listen_on_path("/tmp/" + std::string(200, 'x'), 0600);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::kUsage);
}
