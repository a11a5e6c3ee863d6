// The binary as an operator starts and stops it.

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "src/file/descriptor.h"
#include "tests/server/fixture.h"

using namespace kvstore;
using test::Client;
using test::repeated;
using test::ServerProcess;
using kvstore::testing::TempDir;

TEST_CASE("the ready line names address, file and keys") {
  TempDir directory;
  const std::string path = directory / "data.bin";
  test::run_tool({KVSTORE_BINARY, path, "SET", "a", "1"});
  ServerProcess server(path);
  CHECK(server.ready_line() == "kvstore: ready on " + server.endpoint().to_string() +
                                   ", serving " + path + " (1 key)\n");
  CHECK(server.endpoint().address == "127.0.0.1");
  CHECK(server.endpoint().port != 0);
}

TEST_CASE("the ready line names the console") {
  TempDir directory;
  ServerProcess server(directory / "data.bin", {"--http", "0"});
  const std::string line = server.ready_line();
  const std::size_t begin = line.find(" and http://") + 5;
  const std::string place = line.substr(begin, line.find(',') - begin);
  CHECK(line.find(", console at " + place + "/_/") != std::string::npos);
}

TEST_CASE("SIGTERM answers what was received, closes the file cleanly and exits 0") {
  for (const int number : {SIGTERM, SIGINT}) {
    CAPTURE(number);
    TempDir directory;
    const std::string path = directory / "data.bin";
    ServerProcess server(path);
    Client client = server.connect();
    client.send(repeated("SET k v\n", 1000) + "SET last 1\nSET cut 0 100\nhello");
    REQUIRE(client.receive(4) == "+OK\n");
    server.process().signal(number);
    const std::string rest = client.receive_all();
    CHECK(rest.rfind(repeated("+OK\n", 1000), 0) == 0);
    CHECK(server.process().wait().exit_code == 0);

    auto store = Store::open(path);
    REQUIRE(store);
    CHECK((*store)->open_report().how == OpenReport::How::kClean);
    CHECK((*store)->count().value() == 2);
  }
}

TEST_CASE("options that are no sizes or times, and a log in no directory, are refused") {
  TempDir directory;
  const auto start = [&](std::vector<std::string> options) {
    options.insert(options.begin(), KVSTORE_BINARY);
    options.insert(options.end(), {directory / "data.bin", "--listen", "0"});
    return test::run_tool(options);
  };
  for (const char* option :
       {"--max-buffered=-1", "--max-buffered=18446744073709551616", "--max-buffered=99999999999999999999",
        "--max-request=-1", "--max-request=0", "--max-request=0KiB", "--max-request=999999999999999EiB",
        "--idle-timeout=nan", "--write-timeout=inf", "--wait=nan", "--max-connections=0"}) {
    CAPTURE(option);
    const test::Finished finished = start({option});
    CHECK(finished.exit_code == 2);
    CHECK(finished.errors.starts_with("kvstore: USAGE: "));
  }
  const test::Finished finished = start({"--log-file", directory / "none/log"});
  CHECK(finished.exit_code == 4);
  CHECK(finished.errors.find("there is no directory") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(directory / "none"));
}

TEST_CASE("a killed server has kept everything it acknowledged") {
  TempDir directory;
  const std::string path = directory / "data.bin";
  int acknowledged = 0;
  {
    ServerProcess server(path);
    Client client = server.connect();
    for (; acknowledged < 200; ++acknowledged) {
      client.send("SET k" + std::to_string(acknowledged) + " v\n");
      REQUIRE(client.receive(4) == "+OK\n");
    }
    server.process().signal(SIGKILL);
    CHECK(server.process().wait().exit_code == 128 + SIGKILL);
  }
  auto store = Store::open(path);
  REQUIRE(store);
  CHECK((*store)->count().value() == 200);
}

TEST_CASE("a second signal ends a server at once that waits for a client") {
  TempDir directory;
  ServerProcess server(directory / "data.bin", {"--write-timeout", "0"});
  Client client = server.connect();
  client.send("SET big 0 1000000\n" + std::string(1'000'000, 'x') + "\n");
  REQUIRE(client.receive(4) == "+OK\n");
  client.send(repeated("GET big\n", 100));
  REQUIRE(client.receive(9) == "+VALUE 10");
  server.process().signal(SIGTERM);
  std::string line;
  do {
    line = server.process().read_error_line();
  } while (!line.empty() && line.find("stopping") == line.npos);
  REQUIRE(!line.empty());
  server.process().signal(SIGTERM);
  CHECK(server.process().wait().exit_code == 128 + SIGTERM);
}

TEST_CASE("a server out of descriptors or threads says so to the client and lives") {
  // The second leaves room for some hundred stacks; a sanitizer's shadow needs more.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  const std::vector<std::string> limits = {"-n 60"};
#else
  const std::vector<std::string> limits = {"-n 60", "-v 400000"};
#endif
  for (const std::string& limit : limits) {
    CAPTURE(limit);
    TempDir directory;
    ServerProcess server(directory / "data.bin", {"--max-connections", "100000"}, limit);
    std::vector<Client> clients;
    std::string reply = "+PONG\n";
    while (reply == "+PONG\n" && clients.size() < 5000) {
      clients.push_back(server.connect());
      clients.back().send("PING\n");
      reply = clients.back().receive_line();
    }
    // Where memory ends it may be the stack of a thread that is refused, or what it needs next.
    const bool said_so = reply.starts_with("-ERR LIMIT ") || reply.starts_with("-ERR MEMORY ");
    CHECK_MESSAGE(said_so, reply);
    clients[0].send("PING\n");
    CHECK(clients[0].receive(6) == "+PONG\n");
  }
}

TEST_CASE("a server cannot be talked into listening outside loopback by mistake") {
  TempDir directory;
  const auto run =
      test::run_tool({KVSTORE_BINARY, directory / "data.bin", "--listen", "0.0.0.0:0"});
  CHECK(run.exit_code == 2);
  CHECK(run.errors.find("--unsafe-listen") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(directory / "data.bin"));
}

TEST_CASE("a port in use ends the server with exit code 4 and a hint") {
  TempDir directory;
  ServerProcess first(directory / "one.bin");
  const auto second = test::run_tool({KVSTORE_BINARY, directory / "two.bin", "--listen",
                                      std::to_string(first.endpoint().port)});
  CHECK(second.exit_code == 4);
  CHECK(second.errors.find("in use") != std::string::npos);
}

TEST_CASE("a second writer is told who serves the file and how to reach it") {
  TempDir directory;
  const std::string path = directory / "data.bin";
  ServerProcess server(path);
  Client client = server.connect();
  client.send("SET a 1\n");
  REQUIRE(client.receive(4) == "+OK\n");
  const auto second = test::run_tool({KVSTORE_BINARY, path, "SET", "a", "2"});
  CHECK(second.exit_code == 4);
  CHECK(second.errors.find("process " + std::to_string(server.process().pid())) !=
        std::string::npos);
  CHECK(second.errors.find("kvstore connect " + server.endpoint().to_string()) !=
        std::string::npos);
}

TEST_CASE("the log goes to its file, and a closed stderr ends nothing") {
  TempDir directory;
  const std::string log = directory / "log";
  ServerProcess server(directory / "data.bin", {"--log-file", log, "--log-level", "debug"});
  Client client = server.connect();
  client.send("SET a 1\n");
  REQUIRE(client.receive(4) == "+OK\n");
  server.process().signal(SIGTERM);
  CHECK(server.process().wait().exit_code == 0);
  std::ifstream in(log);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  for (const char* said : {"serving ", "opened ", " connected", "stopped after 1 commands"}) {
    CAPTURE(said);
    CHECK(text.find(said) != std::string::npos);
  }
}

TEST_CASE("an option of a server that would do nothing without another one is refused") {
  TempDir directory;
  const std::string path = directory / "data.bin";
  const std::vector<std::vector<std::string>> lines{
      {"--tls-clients", "require", "--tls-ca", "ca.crt"},
      {"--tls-clients", "optional"},
      {"--tls-clients", "require", "--tls-cert", "server.crt"},
      {"--tls-ca", "ca.crt"},
      {"--http-name", "kv.example"},
      {"--unix-socket-mode", "0666"}};
  for (const std::vector<std::string>& line : lines) {
    CAPTURE(line.front());
    std::vector<std::string> words{KVSTORE_BINARY, path, "--listen", "0"};
    words.insert(words.end(), line.begin(), line.end());
    const test::Finished finished = test::run_tool(words);
    CHECK(finished.exit_code == 2);
    CHECK(finished.errors.find(line.front() + " does nothing without --") != std::string::npos);
  }
  CHECK_FALSE(std::filesystem::exists(path));  // nothing was opened for it
}

TEST_CASE("a quiet server says where it is ready, too: a script has nothing else to go by") {
  TempDir directory;
  test::Process server({KVSTORE_BINARY, "-q", directory / "data.bin", "--listen", "0"});
  std::string line;
  while (line.find("ready on 127.0.0.1:") == std::string::npos) line = server.read_error_line();
  server.signal(SIGTERM);
  CHECK(server.wait().exit_code == 0);
}

// Whoever opens a file waits while another process has a lease on it, as for a file server that
// does not answer: at most /proc/sys/fs/lease-break-time, 45 s.
TEST_CASE("SIGTERM ends a server that reads certificates which do not answer") {
  TempDir directory;
  const std::string certificate = directory / "cert.pem", key = directory / "key.pem";
  REQUIRE(test::run_tool({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                          "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                          "/CN=localhost", "-keyout", key, "-out", certificate})
              .exit_code == 0);
  test::Process server({KVSTORE_BINARY, directory / "data.bin", "--listen", "0", "--tls-cert",
                        certificate, "--tls-key", key});
  std::string line;
  do {
    line = server.read_error_line();
  } while (!line.empty() && line.find("ready on ") == line.npos);
  REQUIRE(!line.empty());
  const file::Descriptor held(::open(certificate.c_str(), O_RDWR | O_CLOEXEC));
  const int fd = held.get();
  const bool has_leases = ::fcntl(fd, F_SETSIG, SIGURG) == 0 &&  // which nobody hears
                          ::fcntl(fd, F_SETLEASE, F_WRLCK) == 0;
  if (!has_leases) {
    MESSAGE("no leases on this file system");
    return;
  }
  server.signal(SIGHUP);
  for (int i = 0; i < 20'000 && ::fcntl(fd, F_GETLEASE) == F_WRLCK; ++i) ::usleep(1000);
  REQUIRE(::fcntl(fd, F_GETLEASE) != F_WRLCK);  // now it waits
  server.signal(SIGTERM);
  const test::Finished ended = server.wait();
  CHECK(ended.exit_code == 0);
  CHECK(ended.errors.find("read again") == std::string::npos);
}
