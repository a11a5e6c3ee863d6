// `kvstore connect`: the same answers and exit codes over the wire.
#include <memory>

#include <doctest/doctest.h>

#include "tests/cli/process.h"
#include "tests/cli/terminal.h"

using namespace kvstore::test;

TEST_CASE("what is neither an address nor a command reaches no server") {
  for (const char* word : {"127.0.0.1:786x", "localhost", "localhost:", "99999999"}) {
    CAPTURE(word);
    const Outcome outcome = run_kvstore({"connect", word, "PING"});
    CHECK(outcome.code == 2);
    CHECK(outcome.err.find("[HOST:]PORT") != std::string::npos);
    CHECK(outcome.out.empty());
  }
}

TEST_CASE("one-shots answer over the wire as they do on a file") {
  const Directory directory;
  const Server server(directory / "d");
  const auto connect = [&](Words words, const std::string& input = {}) {
    words.insert(words.begin(), {"connect", server.address()});
    return run_kvstore(words, input);
  };
  CHECK(connect({"SET", "k", "-5"}).code == 0);
  CHECK(connect({"GET", "k"}).out == "-5\n");
  CHECK(connect({"GET", "nope"}).code == 3);
  CHECK(connect({"SET", "k"}).code == 1);
  CHECK(connect({"APPEND", "log", "5"}).out == "1\n");

  const Outcome failed = connect({"SET a 1", "GETT a", "SET a 2"});
  CHECK(failed.code == 1);
  CHECK(failed.err.starts_with("argument 2: UNKNOWN: "));
  CHECK(failed.err.find("\n  try: GET") != failed.err.npos);
  CHECK(connect({"GET", "a"}).out == "1\n");
}

TEST_CASE("any bytes pass over the wire, large values too") {
  const Directory directory;
  const Server server(directory / "d");
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, std::size_t{3000000}}) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(i * 31 + (i >> 8));
    CHECK(run_kvstore({"connect", server.address(), "-x", "SET", "k"}, bytes).code == 0);
    CHECK((run_kvstore({"connect", "--no-newline", server.address(), "GET", "k"}).out == bytes));
  }
}

TEST_CASE("a script over the wire stops at its first error, though it is pipelined") {
  const Directory directory;
  const Server server(directory / "d");
  const Outcome outcome = run_kvstore({"connect", server.address()},
                                  "SET a 1\nGET a\nCREATE a\nSET a 2\nDELETE a\n");
  CHECK(outcome.code == 1);
  CHECK(outcome.out == "1\n");
  CHECK(outcome.err.starts_with("stdin:3: EXISTS: "));
  CHECK(run_kvstore({"connect", server.address(), "GET", "a"}).out == "1\n");
  CHECK(run_kvstore({"connect", "--keep-going", server.address()}, "FOO\nSET a 2\nGET a\n").out == "2\n");
}

TEST_CASE("a script over the wire that ends in a transaction writes nothing of it") {
  const Directory directory;
  const Server server(directory / "d");
  const std::string address = server.address();
  CHECK(run_kvstore({"connect", address}, "BEGIN\nSET a 1\nCOMMIT\nGET a\n").out == "1\n");
  for (const char* script : {"BEGIN\nSET a 2\n", "BEGIN\nSET a 2\nCREATE a\nCOMMIT\n",
                             "BEGIN\nSET a 2\nCOMMIT x\n", "BEGIN\nSET a 2\nEXIT\n"}) {
    CAPTURE(script);
    const Outcome outcome = run_kvstore({"connect", address}, script);
    CHECK(outcome.code == 1);
    CHECK(outcome.err.find("ABORTED: the transaction was rolled back") != outcome.err.npos);
  }
  CHECK(run_kvstore({"connect", address, "SET b 3", "BEGIN", "SET a 3", "ROLLBACK"}).code == 0);
  CHECK(run_kvstore({"connect", address, "GET", "a"}).out == "1\n");
}

TEST_CASE("what surrounds commands is the same over the wire") {
  const Directory directory;
  const Server server(directory / "d");
  write_file(directory / "inner.kv", "GET a\nFROB\nGET a\n");
  const Outcome outcome =
      run_kvstore({"connect", "--cmd", "SET a 1", server.address()},
                  "GET a\n.mode json\nGET a\n.read " + (directory / "inner.kv") + "\nGET a\n");
  CHECK(outcome.code == 1);
  CHECK(outcome.out == "1\n\"1\"\n\"1\"\n");
  CHECK(outcome.err.starts_with((directory / "inner.kv") + ":2: UNKNOWN: "));
  CHECK(run_kvstore({"connect", "--keep-going", server.address()},
                    ".read " + (directory / "inner.kv") + "\nGET a\n")
            .out == "1\n1\n1\n");
  CHECK(run_kvstore({"connect", "--nil", "-", server.address(), "GET", "b"}).out == "-\n");
  CHECK(run_kvstore({"connect", server.address(), "-x", "SET", "a"}).err.find("is empty") !=
        std::string::npos);
}

TEST_CASE("many lines over the wire are answered in order") {
  const Directory directory;
  const Server server(directory / "d");
  std::string script, expected;
  for (int i = 0; i < 20000; ++i) {
    const std::string n = std::to_string(i);
    script += "SET key" + n + " value" + n + "\nGET key" + n + "\n";
    expected += "value" + n + "\n";
  }
  const Outcome outcome = run_kvstore({"connect", server.address()}, script);
  CHECK(outcome.code == 0);
  CHECK((outcome.out == expected));
}

TEST_CASE("no server is exit code 4 and says how to start one") {
  const Outcome outcome = run_kvstore({"connect", "127.0.0.1:1", "GET", "a"});
  CHECK(outcome.code == 4);
  CHECK(outcome.err.find("NETWORK") != outcome.err.npos);
  CHECK(outcome.err.find("--listen") != outcome.err.npos);
}

TEST_CASE("a server that goes away in the middle is exit code 4") {
  const Directory directory;
  Server server(directory / "d");
  Process client({KVSTORE_BINARY, "connect", server.address()});
  client.write("SET a 1\nGET a\n");
  REQUIRE(client.read(2) == "1\n");
  CHECK(server.stop() == 0);
  const Outcome outcome = client.finish("GET a\n");
  CHECK(outcome.code == 4);
  CHECK(outcome.err.find("stdin:3: NETWORK: ") != outcome.err.npos);
}

TEST_CASE(
    "what was meant for a transaction is not executed without it after its connection broke") {
  const Directory directory;
  auto server = std::make_unique<Server>(directory / "d");
  Terminal terminal(directory, {"connect", server->address()}, "NO_COLOR=1");
  const std::string name = server->address();
  const auto say = [&](const std::string& line, const std::string& answer) {
    terminal.enter(line);
    terminal.wait_for_end(line + "\n" + answer);
  };
  terminal.wait_for_end("\n" + name + ">");
  say("BEGIN", "OK\n" + name + "*>");
  say("SET a 1", "OK\n" + name + "*>");
  server->stop();
  terminal.enter("SET b 1");
  terminal.wait_for("the open transaction is lost with it");
  terminal.enter("SET c 1");
  terminal.wait_for("ABORTED: the transaction was lost with its connection");
  terminal.wait_for_end("*>");
  say("ROLLBACK", "OK\n" + name + ">");
}
