// LogFile::copy_from() on real file systems: the bytes, whatever way they go, and the holes.
#include "src/file/copy_range.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "src/file/descriptor.h"
#include "src/file/file_system.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::QuickDir;
using kvstore::testing::TempDir;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

// A MiB of bytes, two of nothing, and some bytes.
std::string make_file(const std::string& path) {
  std::mt19937_64 random(1);
  std::string bytes(kMiB, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  const std::string end = bytes.substr(0, 12'345);
  const file::Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600));
  REQUIRE(::pwrite(fd.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  REQUIRE(::pwrite(fd.get(), end.data(), end.size(), 3 * kMiB) == static_cast<ssize_t>(end.size()));
  return bytes + std::string(2 * kMiB, '\0') + end;
}

void check_copies(const TempDir& from, const TempDir& to) {
  const std::string bytes = make_file(from / "from");
  file::FileSystem& files = file::system_files();
  const auto source = files.open(from / "from", file::Mode::kReadOnly);
  REQUIRE(source);
  for (const std::uint64_t step : {std::uint64_t{100'003}, std::uint64_t{64} << 10, 8 * kMiB}) {
    CAPTURE(step);
    auto made = files.create_unfinished(to / "to", std::string(4096, 'p'));
    REQUIRE(made);
    (void)made->file->can_share_blocks(**source);
    for (std::uint64_t at = 4096; at < bytes.size(); at += step) {
      const std::uint64_t end = std::min<std::uint64_t>(at + step, bytes.size());
      REQUIRE(made->file->copy_from(**source, at, end));
    }
    REQUIRE(made->file->size() == bytes.size());
    // Before it is looked at: some file systems fill holes that are read through a mapping.
    CHECK(made->file->hole_bytes(kMiB, 3 * kMiB) == (*source)->hole_bytes(kMiB, 3 * kMiB));
    CHECK(std::memcmp(made->file->data() + 4096, bytes.data() + 4096, bytes.size() - 4096) == 0);
    REQUIRE(made->file->sync());
    made->file->forget_cached();
    CHECK(std::memcmp(made->file->data() + 4096, bytes.data() + 4096, bytes.size() - 4096) == 0);
  }
}

}  // namespace

TEST_CASE("a copy has the bytes and the holes, on one file system and on two") {
  const TempDir disk, disk2;
  const QuickDir memory, memory2;
  check_copies(disk, disk2);
  check_copies(memory, memory2);
  std::filesystem::remove(disk / "from");
  std::filesystem::remove(memory / "from");
  check_copies(disk, memory);
  std::filesystem::remove(disk / "from");
  check_copies(memory, disk);
}

TEST_CASE("a copy of what ends in a hole has its length") {
  const TempDir directory;
  file::FileSystem& files = file::system_files();
  {
    const file::Descriptor fd(::open((directory / "from").c_str(), O_WRONLY | O_CREAT, 0600));
    REQUIRE(::pwrite(fd.get(), "x", 1, 0) == 1);
    REQUIRE(::ftruncate(fd.get(), static_cast<off_t>(kMiB)) == 0);
  }
  const auto source = files.open(directory / "from", file::Mode::kReadOnly);
  auto made = files.create_unfinished(directory / "to", std::string(4096, 'p'));
  REQUIRE(made);
  REQUIRE(made->file->copy_from(**source, 4096, kMiB));
  CHECK(made->file->size() == kMiB);
}
