// The file is cut short by another program while it is mapped.

#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/server/fixture.h"

using namespace kvstore;
using kvstore::testing::TempDir;

namespace {

// Writes a value of some pages, cuts the file after the first.
void fill(const std::string& path) {
  const auto done = test::run_tool({KVSTORE_BINARY, path, "-x", "SET", "big"}, std::string(100'000, 'x'));
  REQUIRE(done.exit_code == 0);
}

// What is wrong with how a program ended whose file was cut; empty: nothing.
std::string misreported(const test::Finished& end, const std::string& path) {
  const auto says = [&](const std::string& text) { return end.errors.find(text) != std::string::npos; };
  if (end.exit_code != 7) return "its exit code is " + std::to_string(end.exit_code);
  if (!says(path + ": cannot read offset ")) return "it does not name file and offset";
  if (!says("cut short by another program")) return "it does not say why";
  if (!says("kvstore verify " + path)) return "it does not say what to type next";
  return {};
}

}  // namespace

TEST_CASE("a server whose file is cut short ends with its name, the offset and exit code 7") {
  TempDir directory;
  const std::string path = directory / "data.bin";
  fill(path);
  test::ServerProcess server(path);
  test::Client client = server.connect();
  client.send("STRLEN big\n");
  REQUIRE(client.receive_line() == ":100000\n");
  REQUIRE(::truncate(path.c_str(), 8192) == 0);
  client.send("GET big\n");
  CHECK(misreported(server.process().wait(), path) == "");
}

TEST_CASE("so does a script that writes") {
  TempDir directory;
  const std::string path = directory / "data.bin";
  fill(path);
  test::Process script({KVSTORE_BINARY, path});
  script.write("SET a 1\nSTRLEN big\n");
  REQUIRE(script.read_output(7) == "100000\n");
  REQUIRE(::truncate(path.c_str(), 8192) == 0);
  script.write("GET big\n");
  script.close_input();
  CHECK(misreported(script.wait(), path) == "");
}

TEST_CASE("a reader of a file that is cut short finds the value damaged, and goes on") {
  TempDir directory;
  const std::string path = directory / "data.bin";
  fill(path);
  REQUIRE(test::run_tool({KVSTORE_BINARY, path, "SET", "big", "small"}).exit_code == 0);
  REQUIRE(test::run_tool({KVSTORE_BINARY, path, "SET", "first", "1"}).exit_code == 0);
  fill(path);
  test::Process script({KVSTORE_BINARY, "--read-only", "--keep-going", path});
  script.write("STRLEN big\n");
  REQUIRE(script.read_output(7) == "100000\n");
  REQUIRE(::truncate(path.c_str(), 120'000) == 0);
  script.write("GET big\nGET first\n");
  REQUIRE(script.read_output(2) == "1\n");
  script.close_input();
  const auto end = script.wait();
  CHECK(end.exit_code == 1);
  CHECK(end.errors.find("CORRUPT") != std::string::npos);
  CHECK(end.errors.find("\"big\"") != std::string::npos);
}

TEST_CASE("the judge finds a bare signal, a silent end and a message that names no file") {
  const auto end_of = [](const std::string& script) {
    return test::run_tool({"sh", "-c", script});
  };
  CHECK(misreported(end_of("kill -BUS $$"), "data.bin") == "its exit code is 135");
  CHECK(misreported(end_of("exit 7"), "data.bin") == "it does not name file and offset");
  CHECK(misreported(end_of("echo 'other.bin: cannot read offset 5' >&2; exit 7"), "data.bin") ==
        "it does not name file and offset");
  CHECK(misreported(end_of("echo 'data.bin: cannot read offset 5: cut short by another program' >&2;"
                           " exit 7"),
                    "data.bin") == "it does not say what to type next");
}
