#include "repl/output.h"

#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "repl/signals.h"
#include "tests/support/temp_dir.h"

using namespace kvstore::repl;

namespace {

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("what is left of an answer is dropped at SIGINT, and the next one is written") {
  signals::install();
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  {
    Output output(ends[1]);
    std::raise(SIGINT);
    output.buffer() = "dropped";
    output.finish();
    CHECK(signals::take_interrupt());
    output.buffer() = "kept";
    output.finish();
  }
  ::close(ends[1]);
  char read[16];
  REQUIRE(::read(ends[0], read, sizeof read) == 4);
  CHECK(std::string(read, 4) == "kept");
  ::close(ends[0]);
}

TEST_CASE("output goes to a file, and back to where it went first") {
  const kvstore::testing::TempDir directory;
  const std::string path = directory / "output";
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  Output output(ends[1]);
  output.buffer() = "1";
  REQUIRE(output.to_file(path));
  CHECK(output.is_redirected());
  output.buffer() = "2";
  const auto nowhere = output.to_file(directory / "none/file");
  REQUIRE_FALSE(nowhere);
  output.buffer() += "3";
  REQUIRE(output.to_first_descriptor());
  output.buffer() = "4";
  output.finish();
  CHECK(bytes_of(path) == "23");
  char read[16];
  CHECK(::read(ends[0], read, sizeof read) == 2);
  CHECK(std::string(read, 2) == "14");
  ::close(ends[0]);
  ::close(ends[1]);
}
