#include "src/base/small_file.h"

#include <sys/stat.h>

#include <fstream>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "tests/support/temp_dir.h"

namespace kvstore {
namespace {

std::string problem(const Result<std::string>& read) {
  return read ? "none" : read.error().message;
}

}  // namespace

TEST_CASE("of a small file all is read, of a longer one a byte more than the most") {
  const testing::TempDir directory;
  const std::string path = directory / "file";
  std::ofstream(path) << std::string(40'000, 'x');
  CHECK(read_small_file(path, 40'000).value().size() == 40'000);
  CHECK(read_small_file(path, 100).value().size() == 101);
  CHECK(read_small_file(path, 100, FileKind::kRegular).value().size() == 101);
  CHECK(problem(read_small_file(path + "2", 9, FileKind::kRegular))
            .ends_with("No such file or directory"));
  CHECK(problem(read_small_file(directory.path(), 9)).ends_with("Is a directory"));
  CHECK(problem(read_small_file(directory.path(), 9, FileKind::kRegular))
            .ends_with("Is a directory"));
}

TEST_CASE("a pipe is read, or refused without waiting for who writes it") {
  const testing::TempDir directory;
  const std::string path = directory / "pipe";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  CHECK(problem(read_small_file(path, 9, FileKind::kRegular)) ==
        path + " is a pipe, and no regular file");
  CHECK_FALSE(check_regular_file(path));
  CHECK(check_regular_file(path + "2"));
  std::thread writer([&] { std::ofstream(path) << "text"; });
  CHECK(read_small_file(path, 9).value() == "text");
  writer.join();
}

}  // namespace kvstore
