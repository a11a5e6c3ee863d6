// `kvstore connect`: the same answers and exit codes over the wire.
#include <algorithm>
#include <atomic>
#include <csignal>
#include <memory>
#include <thread>

#include <doctest/doctest.h>

#include "src/command/table.h"
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

TEST_CASE("a word that is no address is answered with the address that was meant") {
  const Directory directory;
  const std::string file = directory / "d.bin";
  REQUIRE(run_kvstore({file, "SET", "a", "1"}).code == 0);
  const auto hint = [](const std::string& words) {
    const Outcome outcome = run({"bash", "-c", words});
    const std::size_t at = std::min(outcome.err.find("try: "), outcome.err.size());
    return outcome.err.substr(at, outcome.err.find('\n', at) - at);
  };
  const std::string connect = "cd '" + (directory / "") + "'; '" KVSTORE_BINARY "' connect ";
  CHECK(hint(connect + "localhost PING") == "try: kvstore connect localhost:7878 PING");
  CHECK(hint(connect + "d.bin GET a") == "try: kvstore d.bin GET a, as it is a file");
  CHECK(hint(connect + "redis://db:7878") == "try: kvstore connect kvstore://db:7878");
  CHECK(hint(connect + "127.0.0.1:786x PING") == "try: kvstore connect 127.0.0.1:7878 PING");
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

TEST_CASE("what cuts a FOLLOW off is said on a line of its own") {
  const Directory directory;
  const auto server = std::make_unique<Server>(directory / "d");
  REQUIRE(run_kvstore({"connect", server->address(), "SET", "k", "no-line-end"}).code == 0);
  Terminal terminal(directory, {"connect", server->address()}, "NO_COLOR=1");
  terminal.enter("FOLLOW k");
  terminal.wait_for("\nno-line-end");
  server->stop();
  terminal.wait_for("\nno-line-end\nNETWORK: ");
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

TEST_CASE("each command is answered by one reply, and what cannot be is refused") {
  const Directory directory;
  const Server server(directory / "d");
  std::string script;
  for (const kvstore::command::Command& row : kvstore::command::commands()) {
    // What streams, waits or ends the session has tests of its own; BACKUP would make a file.
    const std::string name(row.name);
    const bool waits = row.has(kvstore::command::kBlocking) || name.ends_with("SUBSCRIBE");
    if (waits || name == "FOLLOW" || name == "MONITOR" || name == "EXIT" || name == "QUIT" ||
        name == "SHUTDOWN" || name == "BACKUP") {
      continue;
    }
    if (row.subcommands.empty()) {
      script += name;
      for (int i = 0; i < row.arity.min; ++i) script += " \"1\"";
      script += '\n';
    }
    for (const kvstore::command::Command& sub : row.subcommands) {
      script += name + ' ' + std::string(sub.name);
      for (int i = 0; i < sub.arity.min; ++i) script += " \"1\"";
      script += '\n';
    }
    script += "DISCARD\nROLLBACK\n";
  }
  script += "CLIENT REPLY SKIP\nCLIENT REPLY OFF\nCLIENT REPLY ON\nECHO end\n";
  const Outcome outcome = run_kvstore({"connect", "--keep-going", server.address()}, script);
  CHECK(outcome.out.ends_with("\nend\n"));
  CHECK(outcome.err.find("STATE: this client waits for an answer") != outcome.err.npos);
  CHECK(outcome.err.find("NETWORK") == outcome.err.npos);
}

TEST_CASE("the lines of MONITOR are shown as they come, and are nobody's answer") {
  const Directory directory;
  const Server server(directory / "d");
  Process monitor({KVSTORE_BINARY, "connect", server.address(), "MONITOR"});
  // It may not listen yet: what others do is shown sooner or later.
  std::string line;
  std::atomic<bool> seen{false};
  std::thread writer([&] {
    while (!seen) {
      run_kvstore({"connect", server.address(), "SET", "k", "1"});
    }
  });
  while (line.find("\"SET\" \"k\" \"1\"") == line.npos) {
    const std::string byte = monitor.read(1);
    REQUIRE(byte.size() == 1);
    line += byte;
  }
  seen = true;
  writer.join();
  monitor.signal(SIGINT);
  const Outcome within = run_kvstore({"connect", server.address()}, "BEGIN\nMONITOR\n");
  CHECK(within.err.find("STATE: MONITOR is not supported in a transaction") != within.err.npos);
}

TEST_CASE("a SHUTDOWN that worked is no failure") {
  const Directory directory;
  Server server(directory / "d");
  const Outcome outcome = run_kvstore({"connect", server.address(), "SHUTDOWN"});
  CHECK(outcome.code == 0);
  CHECK(outcome.err == "");
  // What comes after it was not executed.
  const Server another(directory / "e");
  const Outcome late = run_kvstore({"connect", another.address()}, "SHUTDOWN\nSET a 1\n");
  CHECK(late.code == 4);
}

TEST_CASE("a Redis is told from a kvstore before anything is written to it") {
  const Directory directory;
  if (run({"redis-server", "--version"}).code != 0) return;
  const std::string socket = directory / "redis";
  Process redis({"redis-server", "--port", "0", "--unixsocket", socket, "--save", "",
                 "--dir", directory / "", "--daemonize", "no"});
  const Words ping{"redis-cli", "-s", socket, "PING"};
  while (run(ping).out != "PONG\n") {
  }
  const std::string address = "unix:" + socket;
  run_kvstore({directory / "d", "SET", "a", "1"});
  const Words attempts[] = {{"connect", address, "SET", "a", "1"},
                            {"put", "--connect", address, "a", "1"},
                            {"replay", directory / "d", "--to", address}};
  for (const Words& words : attempts) {
    CAPTURE(words[0]);
    const Outcome outcome = run_kvstore(words);
    CHECK(outcome.code == 4);
    CHECK(outcome.err.find("it is not kvstore") != outcome.err.npos);
    CHECK(outcome.err.find("--protocol resp") != outcome.err.npos);
  }
  CHECK(run({"redis-cli", "-s", socket, "DBSIZE"}).out == "0\n");
  CHECK(run_kvstore({"replay", directory / "d", "--to", address, "--protocol", "resp"}).code == 0);
  CHECK(run({"redis-cli", "-s", socket, "GET", "a"}).out == "1\n");
}
