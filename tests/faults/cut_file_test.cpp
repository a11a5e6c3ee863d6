// The file is cut short by another program while it is mapped.

#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/server/fixture.h"

using namespace kvstore;
using test::TemporaryFolder;

namespace {

// Writes a value of some pages, cuts the file behind the first.
void fill(const std::string& path) {
  const auto done = test::run_tool({KVSTORE_BINARY, path, "-x", "SET", "big"}, std::string(100'000, 'x'));
  REQUIRE(done.exit_code == 0);
}

void check_end(const test::Finished& end, const std::string& path) {
  CHECK(end.exit_code == 7);
  CHECK(end.errors.find(path + ": cannot read offset ") != std::string::npos);
  CHECK(end.errors.find("cut short by another program") != std::string::npos);
  CHECK(end.errors.find("kvstore verify " + path) != std::string::npos);
}

}  // namespace

TEST_CASE("a server whose file is cut short ends with its name, the offset and exit code 7") {
  TemporaryFolder folder;
  const std::string path = folder.path("data.bin");
  fill(path);
  test::ServerProcess server(path);
  test::Client client = server.connect();
  client.send("STRLEN big\n");
  REQUIRE(client.receive_line() == ":100000\n");
  REQUIRE(::truncate(path.c_str(), 8192) == 0);
  client.send("GET big\n");
  check_end(server.process().wait(), path);
}

TEST_CASE("so does a script that is being read") {
  TemporaryFolder folder;
  const std::string path = folder.path("data.bin");
  fill(path);
  test::Process script({KVSTORE_BINARY, path});
  script.write("STRLEN big\n");
  REQUIRE(script.read_output(7) == "100000\n");
  REQUIRE(::truncate(path.c_str(), 8192) == 0);
  script.write("GET big\n");
  script.close_input();
  check_end(script.wait(), path);
}
