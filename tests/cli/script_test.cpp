// Scripts on stdin and from files.
#include <doctest/doctest.h>

#include "tests/cli/process.h"

using namespace kvstore::test;

TEST_CASE("a script prints values, one a line, and nothing for OK") {
  const Directory directory;
  const Outcome outcome = run_kvstore({directory / "d"},
                                  "# a comment\nSET a 1\nGET a\nGET nope\nAPPEND a 5\nhello\n"
                                  "STRLEN a\nSET b <<EOT\nx\n.mode hex\nEOT\nGET b\nKEYS\n");
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "1\n\n6\n6\nx\n.mode hex\na\nb\n");
  CHECK(outcome.err.empty());
}

TEST_CASE("a script stops at its first error and keeps what came before") {
  const Directory directory;
  const std::string file = directory / "d";
  write_file(directory / "script.kv", "SET a 1\n\nSET b hello world\nSET a 2\n");
  const Outcome outcome = run_kvstore({"-f", directory / "script.kv", file});
  CHECK(outcome.code == 1);
  CHECK(outcome.err.find("script.kv:3: ARITY: ") != outcome.err.npos);
  CHECK(outcome.err.find("try: SET b \"hello world\"") != outcome.err.npos);
  CHECK(run_kvstore({file, "GET", "a"}).out == "1\n");
}

TEST_CASE("--keep-going runs on, and still answers 1") {
  const Directory directory;
  const Outcome outcome =
      run_kvstore({"--keep-going", directory / "d"}, "FOO\nSET a 1\nGET a\nSET x <<EOT\nabc\n");
  CHECK(outcome.code == 1);
  CHECK(outcome.out == "1\n");
  CHECK(outcome.err.find("stdin:1: UNKNOWN") != outcome.err.npos);
  CHECK(outcome.err.find("stdin:4: SYNTAX") != outcome.err.npos);
}

TEST_CASE("EXIT ends a script") {
  const Directory directory;
  const Outcome outcome = run_kvstore({directory / "d"}, "ECHO 1\nEXIT\nECHO 2\n");
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "1\n");
}

TEST_CASE("another program can hold a conversation") {
  const Directory directory;
  Process process({KVSTORE_BINARY, directory / "d"});
  for (int i = 0; i < 50; ++i) {
    const std::string value = "value " + std::to_string(i);
    process.write("SET k \"" + value + "\"\nGET k\n");
    CHECK(process.read(value.size() + 1) == value + "\n");
  }
  process.write("GET");  // half a line is no command yet
  process.write(" k\n");
  CHECK(process.read(9) == "value 49\n");
  CHECK(process.finish().code == 0);
}

TEST_CASE("a reader that has seen enough is no error to report, but not all was done") {
  const Directory directory;
  const std::string pipe = std::string("yes 'ECHO x' | ") + KVSTORE_BINARY + " " + (directory / "d") +
                           " | head -1; echo \"${PIPESTATUS[1]}\"";
  const Outcome outcome = run({"bash", "-c", pipe});
  CHECK(outcome.out == "x\n7\n");
  CHECK(outcome.err.empty());
}

TEST_CASE("replies larger than what is held in memory come out whole and in order") {
  const Directory directory;
  std::string script = "SET big <<EOT\n" + std::string(1000000, 'x') + "\nEOT\n";
  for (int i = 0; i < 20; ++i) script += "GET big\nECHO " + std::to_string(i) + "\n";
  const Outcome outcome = run_kvstore({directory / "d"}, script);
  CHECK(outcome.code == 0);
  std::string expected;
  for (int i = 0; i < 20; ++i) expected += std::string(1000000, 'x') + "\n" + std::to_string(i) + "\n";
  CHECK((outcome.out == expected));
}

TEST_CASE("many piped lines share their syncs") {
  const Directory directory;
  std::string script;
  for (int i = 0; i < 100000; ++i) {
    script += "SET key" + std::to_string(i) + " " + std::string(100, 'v') + "\n";
  }
  const Outcome outcome = run_kvstore({directory / "d"}, script + "COUNT\nSTATS Activity\n");
  CHECK(outcome.code == 0);
  CHECK(outcome.out.starts_with("100000\n"));
  const std::size_t at = outcome.out.find("syncs:");
  REQUIRE(at != outcome.out.npos);
  // A sync for each filled buffer, not for each line.
  CHECK(std::stoi(outcome.out.substr(at + 6)) < 20000);
}

TEST_CASE("a script ends at a .open or .output that failed, with --keep-going too") {
  const Directory directory;
  const std::string file = directory / "d";
  const std::string nowhere = directory / "none/d";
  for (const std::string& bad :
       {".open " + nowhere, ".output " + nowhere, std::string(".open"), std::string(".OPEN a b")}) {
    CAPTURE(bad);
    const Outcome outcome = run_kvstore({"--keep-going", file}, "FOO\n" + bad + "\nSET lost 1\n");
    CHECK(outcome.code != 0);
    CHECK(outcome.err.find("stdin:2: ") != outcome.err.npos);
    CHECK(run_kvstore({file, "EXISTS", "lost"}).out == "0\n");
    write_file(directory / "inner.kv", bad + "\nSET lost 1\n");
    CHECK(run_kvstore({"--keep-going", file}, ".read " + (directory / "inner.kv") + "\nSET lost 1\n")
              .code != 0);
    CHECK(run_kvstore({"--keep-going", "--cmd", bad, file}, "SET lost 1\n").code != 0);
    CHECK(run_kvstore({file, "EXISTS", "lost"}).out == "0\n");
  }
  CHECK(run_kvstore({"--keep-going", file}, ".mode nosuch\nSET kept 1\n").code == 1);
  CHECK(run_kvstore({file, "EXISTS", "kept"}).out == "1\n");
}

TEST_CASE("--nil is one line, and with --ack like no other answer") {
  const Directory directory;
  const std::string file = directory / "d";
  for (const std::string nil : {"a\nb", "\t", "\x7f"}) {
    CHECK(run_kvstore({"--nil", nil, file, "GET", "a"}).code == 2);
  }
  for (const std::string nil : {"OK", "ERR x", "ERR", "\"", "3", "-1"}) {
    CAPTURE(nil);
    CHECK(run_kvstore({"--ack", "--nil", nil, file, "GET", "a"}).code == 2);
    CHECK(run_kvstore({"--nil", nil, file, "GET", "a"}).out == nil + "\n");
  }
  CHECK(run_kvstore({"--ack", "--nil", "(none)", file, "GET", "a"}).out == "(none)\n");
}

TEST_CASE("HELP and .help explain a dot-command") {
  const Directory directory;
  const Outcome outcome = run_kvstore({directory / "d"}, "HELP .mode\n.help MODE\n.Help .mode\n");
  CHECK(outcome.code == 0);
  const std::string mode = ".mode [plain|quoted|hex|json|csv]\n  how values are shown\n";
  CHECK(outcome.out == mode + mode + mode);
  CHECK(run_kvstore({directory / "d"}, "HELP .moed\n").err.find("try: .mode") != std::string::npos);
}

TEST_CASE("a script that reads itself is told so once") {
  const Directory directory;
  const std::string self = directory / "self.kv";
  write_file(self, ".read " + self + "\n.read " + (directory / "other.kv") + "\nSET a 1\n");
  write_file(directory / "other.kv", "SET b 1\n.read " + self + "\n");
  const Outcome outcome = run_kvstore({"--keep-going", "-f", self, directory / "d"});
  CHECK(outcome.code == 1);
  CHECK(outcome.err.starts_with(self + ":1: SYNTAX: '" + self + "' reads itself\n"));
  CHECK(outcome.err.find("other.kv:2: SYNTAX: ") != std::string::npos);
  CHECK(outcome.err.find("TOOBIG") == std::string::npos);
  CHECK(run_kvstore({directory / "d", "EXISTS", "a", "b"}).out == "2\n");
}

TEST_CASE("a script that ends in a transaction writes nothing of it, says so, and answers 1") {
  const Directory directory;
  const std::string file = directory / "d";
  CHECK(run_kvstore({file}, "BEGIN\nSET a 1\nSET b 2\nCOMMIT\n").code == 0);
  for (const char* script : {"BEGIN\nSET a 2\n", "BEGIN\nSET a 2\nEXIT\n"}) {
    const Outcome outcome = run_kvstore({file}, script);
    CHECK(outcome.code == 1);
    CHECK(outcome.err.find("ABORTED: the transaction was rolled back") != outcome.err.npos);
  }
  const Outcome failed = run_kvstore({file}, "BEGIN\nSET a 2\nGET\nCOMMIT\n");
  CHECK(failed.code == 1);
  CHECK(failed.err.find("stdin:3: ARITY") != failed.err.npos);
  CHECK(failed.err.find("the transaction was rolled back") != failed.err.npos);
  const Outcome lines = run_kvstore({file, "GET a", "BEGIN", "SET a 2", "GET nope"});
  CHECK(lines.code == 1);
  CHECK(lines.out == "1\n\n");
  CHECK(run_kvstore({file, "BEGIN READONLY", "GET a", "COMMIT"}).code == 0);
  CHECK(run_kvstore({file, "GET", "a"}).out == "1\n");
}
