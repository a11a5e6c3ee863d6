// Several processes on one file: reading needs no lock, writing waits for it.
#include <csignal>

#include <doctest/doctest.h>

#include "tests/cli/process.h"

using namespace kvstore::test;

namespace {

// Writes `file` until it is let go.
class Holder {
 public:
  explicit Holder(const std::string& file) : process_({KVSTORE_BINARY, file}) {
    process_.write("SET held 1\nGET held\n");
    REQUIRE(process_.read(2) == "1\n");
  }
  void let_go() { process_.close_input(); }
  void kill() {
    process_.signal(SIGKILL);
    process_.wait();
  }

 private:
  Process process_;
};

}  // namespace

TEST_CASE("one-shots and scripts that only read need no lock") {
  const Directory directory;
  const std::string file = directory / "d";
  Holder holder(file);
  CHECK(run_kvstore({"--wait", "0", file, "GET", "held"}).out == "1\n");
  CHECK(run_kvstore({"--wait", "0", file, "GET held", "KEYS", "STATS Store"}).code == 0);
  CHECK(run_kvstore({"--wait", "0", file}, "GET held\nKEYS\n").out == "1\nheld\n");
  CHECK(run_kvstore({"--wait", "0", file, "-x", "GET"}, "held").out == "1\n");
  CHECK(run_kvstore({"--wait", "0", file, "PING"}).out == "PONG\n");
  for (const Words& writes : {Words{"SET", "a", "2"}, Words{"DEL", "held"}, Words{"SYNC"},
                              Words{"GET held", "SET a 2"}}) {
    Words words{"--wait", "0", file};
    words.insert(words.end(), writes.begin(), writes.end());
    const Outcome refused = run_kvstore(words);
    CHECK(refused.code == 4);
    CHECK(refused.err.find("LOCKED") != refused.err.npos);
    CHECK(refused.err.find("is being written by process") != refused.err.npos);
  }
}

TEST_CASE("a script that reads first takes the lock with its first write") {
  const Directory directory;
  const std::string file = directory / "d";
  REQUIRE(run_kvstore({file, "SET", "k", "1"}).code == 0);
  Process reader({KVSTORE_BINARY, "--wait", "0", file});
  reader.write("GET k\n");
  REQUIRE(reader.read(2) == "1\n");
  CHECK(run_kvstore({"--wait", "0", file, "SET", "k", "2"}).code == 0);
  reader.write("GET k\nSET k 3\nGET k\n");
  REQUIRE(reader.read(4) == "2\n3\n");
  CHECK(run_kvstore({"--wait", "0", file, "SET", "k", "4"}).code == 4);
  CHECK(reader.finish().code == 0);
  CHECK(run_kvstore({file, "GET", "k"}).out == "3\n");
}

TEST_CASE("a writer waits for the lock, says for whom, and goes on when it is free") {
  const Directory directory;
  const std::string file = directory / "d";
  Holder holder(file);
  Process waiting({KVSTORE_BINARY, "--wait", "60", file, "SET", "a", "2"});
  const std::string notice = waiting.read_error_line();
  CHECK(notice.find("is being written by process") != notice.npos);
  CHECK(notice.find("waiting up to 60 s") != notice.npos);
  holder.let_go();
  CHECK(waiting.finish().code == 0);
  CHECK(run_kvstore({file, "GET", "a"}).out == "2\n");
}

TEST_CASE("the hint of a locked file is a command that works there") {
  const Directory directory;
  const std::string file = directory / "d";
  const Server server(file,
                      {"--http", "0"});  // opened after --listen, and told from it by its name
  REQUIRE(run_kvstore({"connect", server.address(), "SET", "a", "1"}).code == 0);
  const Outcome refused = run_kvstore({"--wait", "0", file, "SET", "a", "2"});
  CHECK(refused.code == 4);
  CHECK(refused.err.find(server.address()) != refused.err.npos);
}

TEST_CASE("a server waits for the lock, too") {
  const Directory directory;
  const std::string file = directory / "d";
  Holder holder(file);
  Process server({KVSTORE_BINARY, "--wait", "60", file, "--listen", "0"});
  CHECK(server.read_error_line().find("is being written by process") != std::string::npos);
  holder.let_go();
  std::string line;
  do {
    line = server.read_error_line();
  } while (!line.empty() && line.find("ready on") == line.npos);
  CHECK_FALSE(line.empty());
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);
}

TEST_CASE("a script goes on with another file") {
  const Directory directory;
  REQUIRE(run_kvstore({directory / "a", "SET", "k", "1"}).code == 0);
  const Outcome outcome = run_kvstore(
      {directory / "a"}, "GET k\n.open " + (directory / "b") + "\nSET k 2\nGET k\n.open " +
                          (directory / "a") + "\nGET k\n");
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "1\n2\n1\n");
  Holder holder(directory / "a");
  CHECK(run_kvstore({directory / "b"}, ".open " + (directory / "a") + "\nGET k\n").out == "1\n");
}

TEST_CASE("a pipe from a file into itself stores what was read") {
  const Directory directory;
  const std::string file = directory / "d";
  REQUIRE(run_kvstore({file, "SET", "cfg", "old"}).code == 0);
  REQUIRE(run_kvstore({file, "SET", "cfg", "new"}).code == 0);
  const std::string pipe = "K='" KVSTORE_BINARY
                           "'; for i in 1 2 3 4 5 6 7 8; do \"$K\" --no-newline '" +
                           file + "' GET cfg AT 1 | \"$K\" '" + file + "' -x SET cfg || exit; done";
  CHECK(run({"bash", "-o", "pipefail", "-c", pipe}).code == 0);
  CHECK(run_kvstore({file, "GET", "cfg"}).out == "old\n");
}

TEST_CASE("reading a file that a killed writer left answers all that was acknowledged") {
  const Directory directory;
  const std::string file = directory / "d";
  Holder holder(file);
  holder.kill();
  const std::string before = file_bytes(file);
  CHECK(run_kvstore({file, "GET", "held"}).out == "1\n");
  CHECK((file_bytes(file) == before));  // a reader recovers nothing
  CHECK(run_kvstore({file, "SET", "a", "2"}).code == 0);
  CHECK(run_kvstore({file, "KEYS"}).out == "a\nheld\n");
}

TEST_CASE("two that create the same file both succeed") {
  const Directory directory;
  const std::string pair = "K='" KVSTORE_BINARY "'; F='" + (directory / "d") +
                           "'; \"$K\" \"$F\" SET a 1 & \"$K\" \"$F\" SET b 2 || exit; wait $!";
  CHECK(run({"bash", "-c", pair}).code == 0);
  CHECK(run_kvstore({directory / "d", "KEYS"}).out == "a\nb\n");
}

TEST_CASE("reading a file that is not there says so, and what was meant") {
  const Directory directory;
  const std::string file = directory / "data.bin";
  REQUIRE(run_kvstore({file, "SET", "a", "1"}).code == 0);
  const Outcome near = run_kvstore({directory / "dta.bin", "GET", "a"});
  CHECK(near.code == 3);
  CHECK(near.err.find("dta.bin does not exist; did you mean " + file + "?") != near.err.npos);
  const Outcome far = run_kvstore({directory / "other.db", "COUNT"});
  CHECK(far.code == 0);
  CHECK(far.out == "0\n");
  CHECK(far.err.find("other.db does not exist\n") != far.err.npos);
  CHECK(run_kvstore({directory / "other.db"}, "GET a\n").err.find("does not exist") != far.err.npos);
  CHECK(run_kvstore({directory / "other.db", "DEL", "a"}).err.find("does not exist") != far.err.npos);
  CHECK(run_kvstore({directory / "other.db", "SET", "a"}).err.find("does not exist") == far.err.npos);
  CHECK(run_kvstore({"-q", directory / "dta.bin", "GET", "a"}).err.empty());
  CHECK(run_kvstore({directory / "other.db", "PING"}).err.empty());
  CHECK(run_kvstore({directory / "new.bin", "SET", "a", "1"}).err.empty());
  const Outcome strict = run_kvstore({"--read-only", directory / "dta.bin", "GET", "a"});
  CHECK(strict.code == 4);
  CHECK(strict.err.find(file) != strict.err.npos);
}

TEST_CASE("an empty file is told as that") {
  const Directory directory;
  write_file(directory / "e", "");
  for (const Words& options : {Words{}, Words{"--read-only"}}) {
    Words words = options;
    words.insert(words.end(), {directory / "e", "GET", "a"});
    const Outcome outcome = run_kvstore(words);
    CHECK(outcome.code == 3);
    CHECK(outcome.err.find("is empty") != outcome.err.npos);
  }
  CHECK(run_kvstore({"--read-only", directory / "e", "SET", "a", "1"}).code == 1);
  CHECK(file_bytes(directory / "e").empty());
  CHECK(run_kvstore({directory / "e", "SET", "a", "1"}).code == 0);
}

TEST_CASE("a file of an older format is called by its name, and leaves no copy behind") {
  const Directory directory;
  const std::string file = directory / "old.bin";
  write_file(file, std::string("\3\0\0\0key\5\0\0\0value", 16));
  std::filesystem::create_directory(directory / "tmp");
  ::setenv("TMPDIR", (directory / "tmp").c_str(), 1);
  Process reader({KVSTORE_BINARY, file});
  reader.write("GET key\n");
  REQUIRE(reader.read(6) == "value\n");
  CHECK(std::filesystem::is_empty(directory / "tmp"));
  reader.signal(SIGKILL);
  reader.wait();
  CHECK(std::filesystem::is_empty(directory / "tmp"));
  const Outcome refused = run_kvstore({"--read-only", file, "SET", "key", "1"});
  ::unsetenv("TMPDIR");
  CHECK(refused.code == 1);
  CHECK(refused.err.find("old.bin was opened for reading only") != refused.err.npos);
  CHECK(refused.err.find("try: kvstore convert " + file + " NEW") != refused.err.npos);
  CHECK(run_kvstore({file, "STATS", "Store"}).out.find("file:" + file + "\n") != std::string::npos);
}
