// TLS: who gets in, who does not, and what both are told. Certificates are made by openssl.
#include "src/tls/channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "server/server.h"
#include "src/file/descriptor.h"
#include "tests/server/fixture.h"

using namespace kvstore;
using test::Client;
using test::TestServer;

namespace {

void run_openssl(std::vector<std::string> words) {
  words.insert(words.begin(), "openssl");
  const test::Finished done = test::run_tool(words);
  REQUIRE_MESSAGE(done.exit_code == 0, done.errors);
}

// A certificate of localhost that signs itself, and one for a client that it has signed.
class Certificates {
 public:
  Certificates() {
    make_own("server");
    run_openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                 "/CN=client", "-keyout", path("client.key"), "-out", path("client.csr")});
    run_openssl({"x509", "-req", "-in", path("client.csr"), "-CA", path("server.crt"), "-CAkey",
                 path("server.key"), "-CAcreateserial", "-days", "2", "-out", path("client.crt")});
  }
  void make_own(const std::string& name) const {
    run_openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-days", "2", "-subj", "/CN=localhost", "-addext",
                 "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", path(name + ".key"),
                 "-out", path(name + ".crt")});
  }
  std::string path(const std::string& name) const { return directory_ / name; }
  server::Config config() const {
    server::Config config;
    config.tls.certificate = path("server.crt");
    config.tls.key = path("server.key");
    return config;
  }

 private:
  testing::TempDir directory_;
};

const Certificates& certificates() {
  static const Certificates made;
  return made;
}

test::Finished redis_cli(const TestServer& server, std::vector<std::string> words) {
  std::vector<std::string> argv = {
      "redis-cli",   "-h",    "localhost", "-p",
      server.port(), "--tls", "--cacert",  certificates().path("server.crt")};
  argv.insert(argv.end(), words.begin(), words.end());
  return test::run_tool(argv);
}

// What openssl says and receives. `session`: -sess_out or -sess_in.
std::string s_client(const std::string& port, const std::string& version,
                     const std::string& session, const std::string& input) {
  return test::run_tool(
             {"openssl", "s_client", "-connect", "localhost:" + port, version, "-ign_eof",
              "-CAfile", certificates().path("server.crt"), "-cert",
              certificates().path("client.crt"), "-key", certificates().path("client.key"), session,
              certificates().path("session.pem")},
             input)
      .output;
}

test::Finished connect(const TestServer& server, std::vector<std::string> words,
                       const std::string& host = "localhost") {
  std::vector<std::string> argv = {KVSTORE_BINARY, "connect"};
  argv.insert(argv.end(), words.begin(), words.end());
  argv.insert(argv.end(), {host + ":" + server.port(), "PING"});
  return test::run_tool(argv);
}

}  // namespace

TEST_CASE("redis-cli --tls reads and writes, large values too") {
  const TestServer server(certificates().config());
  CHECK(redis_cli(server, {"SET", "k", "v"}).output == "OK\n");
  CHECK(redis_cli(server, {"GET", "k"}).output == "v\n");
  CHECK(redis_cli(server, {"-3", "SETRANGE", "big", "3000000", "end"}).output == "3000003\n");
  CHECK(redis_cli(server, {"GET", "big"}).output.size() == 3'000'004);
  CHECK(redis_cli(server, {"PING"}).output == "PONG\n");
}

TEST_CASE("what TLS holds for a connection is counted before its handshake is over") {
  server::Config config = certificates().config();
  config.max_buffered = std::size_t{64} << 20;
  config.tls_listen = server::Endpoint{"127.0.0.1", 0};
  TestServer server(config);
  std::vector<Client> clients;
  for (int i = 0; i < 10; ++i) clients.emplace_back(server.server().tls_endpoint());
  CHECK(server.buffers(std::size_t{400} << 10, std::size_t{700} << 10));
}

TEST_CASE("redis-benchmark --tls pipelines") {
  const TestServer server(certificates().config());
  const auto done = test::run_tool({"redis-benchmark", "-h", "localhost", "-p", server.port(),
                                    "--tls", "--cacert", certificates().path("server.crt"), "-n",
                                    "5000", "-P", "16", "-c", "10", "-q", "-t", "set,get"});
  CHECK(done.exit_code == 0);
  CHECK(done.output.find("GET: ") != std::string::npos);
}

TEST_CASE("kvstore connect --tls checks the server's certificate and its name") {
  const TestServer server(certificates().config());
  const std::string ca = certificates().path("server.crt");
  CHECK(connect(server, {"--tls", "--tls-ca", ca}).output == "PONG\n");
  CHECK(connect(server, {"--tls", "--tls-ca", ca}, "127.0.0.1").output == "PONG\n");
  CHECK(connect(server, {"--tls", "--tls-insecure"}).output == "PONG\n");
  const auto unknown = connect(server, {"--tls"});
  CHECK(unknown.exit_code == 4);
  CHECK(unknown.errors.find("self-signed") != std::string::npos);
  const auto missing = connect(server, {"--tls", "--tls-ca", "/none"});
  CHECK(missing.exit_code == 4);
}

TEST_CASE("only clients with a certificate get in, where one is required") {
  server::Config config = certificates().config();
  config.tls.ca = certificates().path("server.crt");
  config.tls.clients = tls::ClientCertificates::kRequired;
  const TestServer server(config);
  const std::string ca = config.tls.ca;
  CHECK(connect(server, {"--tls", "--tls-ca", ca, "--tls-cert", certificates().path("client.crt"),
                         "--tls-key", certificates().path("client.key")})
            .output == "PONG\n");
  CHECK(connect(server, {"--tls", "--tls-ca", ca}).exit_code == 4);
  CHECK(server.log_says("peer did not return a certificate"));
}

TEST_CASE("a session is resumed where clients are asked for their certificates") {
  for (const auto clients :
       {tls::ClientCertificates::kOptional, tls::ClientCertificates::kRequired}) {
    server::Config config = certificates().config();
    config.tls.ca = certificates().path("server.crt");
    config.tls.clients = clients;
    config.http_listen = server::Endpoint{"127.0.0.1", 0};
    TestServer server(config);
    const std::string web = std::to_string(server.server().http_endpoint().port);
    for (const std::string version : {"-tls1_2", "-tls1_3"}) {
      CAPTURE(version);
      const auto first = s_client(server.port(), version, "-sess_out", "PING\nQUIT\n");
      CHECK(first.find("+PONG") != first.npos);
      const auto again = s_client(server.port(), version, "-sess_in", "PING\nQUIT\n");
      CHECK(again.find("Reused, ") != again.npos);
      CHECK(again.find("+PONG") != again.npos);
      const auto page = s_client(web, version, "-sess_in", "GET /none HTTP/1.0\r\n\r\n");
      CHECK(page.find("Reused, ") != page.npos);
      CHECK(page.find("HTTP/1.1 404 ") != page.npos);
    }
  }
}

TEST_CASE("plain text on the TLS port, and the reverse, are told so") {
  const TestServer encrypted(certificates().config());
  Client plain = encrypted.connect();
  plain.send("PING\r\n");
  CHECK(plain.receive_all().starts_with("-ERR USAGE this port speaks TLS"));
  CHECK(encrypted.log_says("plain text on a TLS port"));
  const TestServer open;
  const auto done = connect(open, {"--tls"});
  CHECK(done.exit_code == 4);
  CHECK(done.errors.find("does not speak TLS") != std::string::npos);
  CHECK(open.log_says("TLS on a plain port"));
}

TEST_CASE("a handshake of garbage ends, and disturbs nobody") {
  const TestServer server(certificates().config());
  Client garbage = server.connect();
  garbage.send("\x16\x03\x01" + std::string(1000, '\xff'));
  CHECK(garbage.receive_all().find("<no end>") == std::string::npos);
  CHECK(server.log_says("dropped: TLS: "));
  CHECK(redis_cli(server, {"PING"}).output == "PONG\n");
}

TEST_CASE("a half handshake ends, and disturbs nobody") {
  server::Config config = certificates().config();
  config.handshake_timeout_ms = 100;
  const TestServer server(config);
  Client silent = server.connect(), half = server.connect();
  half.send(std::string("\x16\x03\x01\x02\x00\x01\x00", 7));
  CHECK(redis_cli(server, {"PING"}).output == "PONG\n");
  CHECK(silent.receive_all().find("<no end>") == std::string::npos);
  CHECK(half.receive_all().find("<no end>") == std::string::npos);
  CHECK(server.log_says("TLS handshake took longer"));
}

TEST_CASE("a client that goes away amid a TLS record executes nothing of it") {
  const TestServer server(certificates().config());
  Client cut = server.connect();
  cut.send(std::string("\x16\x03\x01", 3));
  cut.disconnect();
  CHECK(redis_cli(server, {"PING"}).output == "PONG\n");
}

TEST_CASE("certificates are read anew, and bad ones leave the old") {
  const testing::TempDir directory;
  const Certificates own;
  TestServer server(own.config());
  const auto ping = [&](const std::string& ca) {
    return connect(server, {"--tls", "--tls-ca", own.path(ca)}).output;
  };
  CHECK(ping("server.crt") == "PONG\n");
  run_openssl({"x509", "-in", own.path("server.crt"), "-out", own.path("old.crt")});
  std::ofstream(own.path("server.crt")) << "no certificate";
  server.server().reload_certificates();
  CHECK(server.log_says("the old certificates stay"));
  CHECK(ping("old.crt") == "PONG\n");
  std::filesystem::rename(own.path("server.crt"), own.path("no.crt"));
  REQUIRE(::mkfifo(own.path("server.crt").c_str(), 0600) == 0);
  server.server().reload_certificates();  // nobody writes it
  CHECK(server.log_says("server.crt is a pipe, and no regular file"));
  std::filesystem::remove(own.path("server.crt"));
  own.make_own("server");
  server.server().reload_certificates();
  CHECK(server.log_says("the certificates were read again"));
  CHECK(ping("server.crt") == "PONG\n");
  CHECK(ping("old.crt").empty());
}

TEST_CASE("files that cannot be used let no server start, and say which") {
  const testing::TempDir directory;
  auto store = Store::open(directory / "data.bin", TestServer::fast());
  REQUIRE(store);
  const auto problem = [&](server::Config config) {
    config.listen.port = 0;
    config.log_level = "off";
    const auto started = server::Server::start(config, **store);
    return started ? std::string() : started.error().message;
  };
  server::Config config = certificates().config();
  config.tls.key = certificates().path("client.key");
  CHECK(problem(config).find("client.key as the TLS key") != std::string::npos);
  config.tls.key = "";
  CHECK(problem(config).find("needs a certificate and its key") != std::string::npos);
  config = certificates().config();
  config.tls.certificate = "/none";
  CHECK(problem(config).find("/none as the TLS certificate") != std::string::npos);
  config = certificates().config();
  config.tls.clients = tls::ClientCertificates::kRequired;
  CHECK(problem(config).find("there is no CA that signs them") != std::string::npos);
}

TEST_CASE("a TLS file that cannot be read is said to be so, in the system's words") {
  const std::string good = certificates().path("server.crt"),
                    key = certificates().path("server.key");
  const auto check = [](const auto& made, Code code, const std::string& message) {
    REQUIRE_FALSE(made);
    CHECK(made.error().code == code);
    CHECK(made.error().message == message);
  };
  const auto missing = [](std::string_view what) {
    return "cannot use nofile as the TLS " + std::string(what) + ": No such file or directory";
  };
  using tls::Context;
  check(Context::of_server({.certificate = "nofile", .key = key, .ca = {}}), Code::kNotFound,
        missing("certificate"));
  check(Context::of_server({.certificate = good, .key = "nofile", .ca = {}}), Code::kNotFound,
        missing("key"));
  check(Context::of_server({.certificate = good, .key = key, .ca = "nofile"}), Code::kNotFound,
        missing("CA"));
  const auto swapped = Context::of_server({.certificate = key, .key = good, .ca = {}});
  REQUIRE_FALSE(swapped);
  CHECK(swapped.error().message.find("no start line") != std::string::npos);  // not "PEM lib"
  check(Context::of_client({.ca = "nofile", .certificate = {}, .key = {}}), Code::kNotFound,
        missing("CA"));
}

TEST_CASE("TLS has a port of its own beside a plain one") {
  server::Config config = certificates().config();
  config.tls_listen = server::Endpoint{"127.0.0.1", 0};
  TestServer server(config);
  CHECK(server.ask("PING\n") == "+PONG\n");
  const std::string port = std::to_string(server.server().tls_endpoint().port);
  CHECK(test::run_tool({"redis-cli", "-h", "localhost", "-p", port, "--tls", "--cacert",
                        certificates().path("server.crt"), "PING"})
            .output == "PONG\n");
}
TEST_CASE("HTTP is HTTPS where there is a certificate, beyond loopback, too") {
  server::Config config = certificates().config();
  config.http_listen = server::Endpoint{"0.0.0.0", 0};
  TestServer server(config);
  const std::string base =
      "https://localhost:" + std::to_string(server.server().http_endpoint().port);
  const std::string ca = certificates().path("server.crt");
  CHECK(test::run_tool(
            {"curl", "-s", "--cacert", ca, "-X", "PUT", "-d", R"({"value": "1"})", base + "/k"})
            .output == "{\"key\":\"k\",\"version\":1}\n");
  CHECK(test::run_tool({"curl", "-s", "--cacert", ca, "-r", "0-0", base + "/k"}).output == "1");
  CHECK(test::run_tool({"curl", "-s", "http" + base.substr(5) + "/k"})
            .output.find("this port speaks TLS") != std::string::npos);
}

TEST_CASE("HTTP is not served beyond loopback where nothing guards it") {
  const testing::TempDir directory;
  auto store = Store::open(directory / "data.bin", TestServer::fast());
  REQUIRE(store);
  server::Config config;
  config.listen.port = 0;
  config.log_level = "off";
  config.http_listen = server::Endpoint{"0.0.0.0", 0};
  CHECK(!server::Server::start(config, **store));
  config.password = "secret";
  CHECK(server::Server::start(config, **store));
}
