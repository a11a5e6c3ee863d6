// Nothing that is printed may reach a database.
#include <doctest/doctest.h>

#include "tests/cli/process.h"

using namespace kvstore::test;

namespace {

// A database `d` with a key, and how a shell command that might damage it ends.
struct Guarded {
  const Directory directory;
  const std::string file = directory / "d";
  std::string before;

  Guarded() {
    REQUIRE(run_kvstore({file, "SET", "a", "1"}).code == 0);
    before = file_bytes(file);
  }
  Outcome shell(const std::string& line) {
    return run({"sh", "-c", "cd '" + (directory / ".") + "' && kv() { '" KVSTORE_BINARY "' \"$@\"; }; " +
                                line});
  }
  void check_refused(const std::string& line, const std::string& what) {
    CAPTURE(line);
    const Outcome outcome = shell(line);
    CHECK(outcome.code == 2);
    CHECK((outcome.out + outcome.err).find(what) != std::string::npos);
    CHECK((file_bytes(file) == before));
  }
};

}  // namespace

TEST_CASE("a database is neither stdout nor stderr, its own or another's") {
  Guarded guarded;
  guarded.check_refused("kv d GET a 1<>d", "standard output is the database itself");
  guarded.check_refused("kv d GET a >>d", "standard output is the database itself");
  guarded.check_refused("ln d alias; kv alias GET a >>d; c=$?; rm alias; exit $c", "standard output");
  guarded.check_refused("kv d GET a 2<>d", "standard error is the database itself");
  guarded.check_refused("kv other SET a 1 >>d", "standard output is a kvstore file");
  guarded.check_refused("kv verify d >>d", "standard output is a kvstore file");
  CHECK(guarded.shell("kv d GET a >>d 2>&1").code == 2);
  CHECK((file_bytes(guarded.file) == guarded.before));
  CHECK(guarded.shell("kv new SET a 1 >new").code == 2);
  CHECK(guarded.shell("kv d GET a >answers && cat answers").out == "1\n");
}

TEST_CASE("a server's log is not a database") {
  Guarded guarded;
  guarded.check_refused("kv --log-file d d --listen 0", "\"d\" is the database itself");
  guarded.check_refused("kv --log-file ./d other --listen 0", "\"./d\" is a kvstore file");
  CHECK(guarded.shell("kv --log-file new new --listen 0").code == 2);
  CHECK(guarded.shell("test -e new").code == 1);
}

TEST_CASE(".output takes no database, before or after it exists, and empties none") {
  Guarded guarded;
  guarded.check_refused("printf '.output d\\n' | kv d", "\"d\" is the database itself");
  guarded.check_refused("printf '.output d\\n' | kv other", "\"d\" is a kvstore file");
  guarded.check_refused("printf '.open other\\n.output d\\n' | kv d", "\"d\" is a kvstore file");
  CHECK(guarded.shell("printf '.output new\\nSET a 1\\nGET a\\n' | kv new").code == 2);
  CHECK(guarded.shell("test -e new").code == 1);
  CHECK(guarded.shell("printf '.output b\\nGET a\\n.open b\\n' | kv d").code == 2);
  CHECK(file_bytes(guarded.directory / "b") == "1\n");
  CHECK(guarded.shell("ln -s real link; printf '.output real\\nSET a 1\\n' | kv link").code == 2);
}

TEST_CASE(".output empties what was in the file, and writes to what is no file") {
  Guarded guarded;
  write_file(guarded.directory / "out", "a longer text from before\n");
  CHECK(guarded.shell("printf '.output out\\nGET a\\n' | kv d").code == 0);
  CHECK(file_bytes(guarded.directory / "out") == "1\n");
  CHECK(guarded.shell("printf '.output /dev/null\\nGET a\\n.output /dev/stderr\\nGET a\\n' | kv d").err ==
        "1\n");
}
