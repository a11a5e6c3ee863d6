#include "src/file/bus_guard.h"

#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include "src/file/file_system.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using file::Mode;
using testing::TempDir;

namespace {

const std::uint64_t kPage = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));

struct Fixture {
  explicit Fixture(Mode mode, std::uint64_t pages = 4) {
    file::install_bus_guard(7);
    std::ofstream(path) << std::string(pages * kPage, 'x');
    file = std::move(*file::system_files().open(path, mode));
  }
  const std::uint8_t* at(std::uint64_t offset) const { return file->data() + offset; }
  // A page that the file has and nobody can read: one of a file that is empty, in its
  // place. A real SIGBUS for every access.
  void break_page(std::uint64_t page) const {
    const int empty = ::memfd_create("empty", MFD_CLOEXEC);
    REQUIRE(::mmap(file->data() + page * kPage, kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                   empty, 0) != MAP_FAILED);
    ::close(empty);
  }

  TempDir directory;
  const std::string path = directory / "file";
  std::unique_ptr<file::LogFile> file;
};

}  // namespace

TEST_CASE("a page that the disk does not give reads as zeros, and is remembered as unreadable") {
  for (const Mode mode : {Mode::kReadOnly, Mode::kReadWrite}) {
    const Fixture with(mode);
    with.break_page(1);
    CHECK_FALSE(file::is_unreadable(with.at(0), with.at(4 * kPage)));  // nobody has looked yet
    CHECK(*with.at(kPage + 5) == 0);
    CHECK(file::is_unreadable(with.at(0), with.at(4 * kPage)));
    CHECK(file::is_unreadable(with.at(2 * kPage - 1), with.at(2 * kPage)));
    CHECK_FALSE(file::is_unreadable(with.at(0), with.at(kPage)));
    CHECK_FALSE(file::is_unreadable(with.at(2 * kPage), with.at(4 * kPage)));
    CHECK_FALSE(file::is_unreadable(with.at(kPage), with.at(kPage)));  // no bytes
    CHECK(*with.at(kPage - 1) == 'x');
    CHECK(*with.at(2 * kPage) == 'x');
  }
}

TEST_CASE("what is stored in a page that the disk does not give can be read, and is noted") {
  const Fixture with(Mode::kReadWrite);
  with.break_page(2);
  with.file->data()[2 * kPage + 7] = 'y';
  CHECK(*with.at(2 * kPage + 7) == 'y');
  CHECK(file::is_unreadable(with.at(2 * kPage + 7), with.at(2 * kPage + 8)));
}

TEST_CASE("a reader sees zeros after an end that was cut off, and new bytes when the file has grown") {
  const Fixture with(Mode::kReadOnly);
  REQUIRE(::truncate(with.path.c_str(), static_cast<off_t>(kPage + 10)) == 0);
  CHECK(*with.at(3 * kPage) == 0);
  CHECK(*with.at(2 * kPage) == 0);
  CHECK(*with.at(10) == 'x');
  CHECK_FALSE(file::is_unreadable(with.at(0), with.at(4 * kPage)));
  CHECK(file::is_substituted(with.at(0), with.at(4 * kPage)));
  REQUIRE(with.file->refresh());
  CHECK(with.file->size() == kPage + 10);
  std::ofstream(with.path, std::ios::app) << std::string(5 * kPage, 'n');
  REQUIRE(with.file->refresh());
  CHECK(with.file->size() == 6 * kPage + 10);
  for (std::uint64_t page = 2; page <= 6; ++page) CHECK(*with.at(page * kPage) == 'n');
  CHECK_FALSE(file::is_substituted(with.at(0), with.at(6 * kPage)));
}

TEST_CASE("a mapping that took the place of another knows nothing of its pages") {
  const std::uint8_t* first = nullptr;
  {
    const Fixture with(Mode::kReadOnly);
    with.break_page(1);
    CHECK(*with.at(kPage) == 0);
    first = with.at(0);
  }
  CHECK_FALSE(file::is_unreadable(first, first + 4 * kPage));
  const Fixture again(Mode::kReadOnly);
  CHECK_FALSE(file::is_unreadable(again.at(0), again.at(4 * kPage)));
}

TEST_CASE("more pages than are remembered one by one are all taken for unreadable") {
  const std::uint64_t pages = 600;
  const Fixture with(Mode::kReadOnly, pages + 1);
  for (std::uint64_t page = 0; page < pages; ++page) {
    with.break_page(page);
    REQUIRE(*with.at(page * kPage) == 0);
  }
  CHECK(file::is_unreadable(with.at(0), with.at(1)));
  CHECK(file::is_unreadable(with.at((pages - 1) * kPage), with.at(pages * kPage)));
}
