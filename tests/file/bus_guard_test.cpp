#include "src/file/bus_guard.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
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

  char in_file(std::uint64_t offset) const {
    std::ifstream in(path, std::ios::binary);
    in.seekg(static_cast<std::streamoff>(offset));
    return static_cast<char>(in.get());
  }

  TempDir directory;
  const std::string path = directory / "file";
  std::unique_ptr<file::LogFile> file;
};

// A mapping of four pages that all have a real SIGBUS, and a file of that size, open in another way
// than a database file ever is.
struct Unmapped {
  explicit Unmapped(int flags) {
    file::install_bus_guard(7);
    std::ofstream(path) << std::string(4 * kPage, 'x');
    descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
    const int empty = ::memfd_create("empty", MFD_CLOEXEC);
    base = static_cast<std::uint8_t*>(
        ::mmap(nullptr, 4 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, empty, 0));
    ::close(empty);
    file::register_mapping({base, 4 * kPage, descriptor, true, path});
  }
  ~Unmapped() {
    file::unregister_mapping(base);
    ::munmap(base, 4 * kPage);
    ::close(descriptor);
  }
  Unmapped(const Unmapped&) = delete;
  Unmapped& operator=(const Unmapped&) = delete;

  TempDir directory;
  const std::string path = directory / "file";
  int descriptor = -1;
  std::uint8_t* base = nullptr;
};

// While it lives no byte from `offset` on can be written, as on a full disk.
class FullFrom {
 public:
  explicit FullFrom(std::uint64_t offset) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{offset, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FullFrom() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FullFrom(const FullFrom&) = delete;
  FullFrom& operator=(const FullFrom&) = delete;

 private:
  rlimit before_{};
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
  const Unmapped with(O_WRONLY);  // which pread() cannot read
  with.base[2 * kPage + 7] = 'y';
  CHECK(with.base[2 * kPage + 7] == 'y');
  CHECK(with.base[2 * kPage + 8] == 0);
  CHECK(file::is_unreadable(with.base + 2 * kPage + 7, with.base + 2 * kPage + 8));
  CHECK_FALSE(file::has_private_copies());
}

TEST_CASE("what is stored where the file system has no space is held until it has") {
  const Fixture with(Mode::kReadWrite);
  std::uint8_t* const at = with.file->data() + 2 * kPage + 7;
  with.break_page(2);
  *at = 'y';
  CHECK(*at == 'y');
  CHECK(at[1] == 'x');  // what was there is there
  CHECK(with.in_file(2 * kPage + 7) == 'x');
  CHECK(file::has_private_copies());
  CHECK_FALSE(file::is_unreadable(with.at(0), with.at(4 * kPage)));
  {
    const FullFrom full(2 * kPage);
    const Status written = with.file->write_back(kPage, UINT64_MAX);
    REQUIRE_FALSE(written);
    CHECK(written.error().code == Code::kFull);
    CHECK(*at == 'y');
  }
  REQUIRE(with.file->write_back(kPage, UINT64_MAX));
  CHECK(with.in_file(2 * kPage + 7) == 'y');
  CHECK_FALSE(file::has_private_copies());
  *at = 'z';  // in the file again
  CHECK(with.in_file(2 * kPage + 7) == 'z');
}

TEST_CASE("a page that has the file's bytes again is given back without any space") {
  const Fixture with(Mode::kReadWrite);
  std::uint8_t* const at = with.file->data() + kPage;
  with.break_page(1);
  *at = 'y';
  const FullFrom full(kPage);
  CHECK_FALSE(with.file->write_back(kPage, UINT64_MAX));
  *at = 'x';
  CHECK(with.file->write_back(kPage, UINT64_MAX));
  CHECK_FALSE(file::has_private_copies());
  *at = 'z';
  CHECK(with.in_file(kPage) == 'z');
}

TEST_CASE("stores that find no space one after another keep their bytes, and the first page its own") {
  const Fixture with(Mode::kReadWrite, 40);
  std::uint8_t* const data = with.file->data();
  for (const std::uint64_t page : {9, 3, 0, 10, 30}) {
    with.break_page(page);
    data[page * kPage] = 'y';
  }
  data[4 * kPage] = 'y';  // lies between
  {
    const FullFrom full(1);
    CHECK_FALSE(with.file->write_back(kPage, UINT64_MAX));
  }
  REQUIRE(with.file->write_back(kPage, UINT64_MAX));
  CHECK(file::has_private_copies());  // the first page belongs to another thread
  for (std::uint64_t page = 0; page < 40; ++page) {
    const bool stored = page == 9 || page == 3 || page == 4 || page == 10 || page == 30;
    CHECK(with.in_file(page * kPage) == (stored ? 'y' : 'x'));
    CHECK(with.in_file(page * kPage + 1) == 'x');
  }
  REQUIRE(with.file->write_back(0, kPage));
  CHECK(with.in_file(0) == 'y');
  CHECK_FALSE(file::has_private_copies());
  CHECK(with.file->size() == 40 * kPage);
}

TEST_CASE("a page that is to be written to the disk anew is refused where there is no space") {
  const Fixture with(Mode::kReadWrite);
  with.break_page(1);
  {
    const FullFrom full(kPage);
    // It finds the copy that the test's own store has made.
    with.file->data()[kPage] = 'x';
    const Status dirty = with.file->make_dirty(kPage, 3 * kPage);
    REQUIRE_FALSE(dirty);
    CHECK(dirty.error().code == Code::kFull);
    CHECK_FALSE(file::has_private_copies());
  }
  CHECK(with.file->make_dirty(kPage, 3 * kPage));
}

TEST_CASE("a page that the disk does not take is noted as unreadable, and can be read") {
  const Unmapped with(O_RDONLY);  // which pwrite() cannot write
  with.base[kPage] = 'y';
  CHECK(file::has_private_copies());
  CHECK(file::write_back(with.base, kPage, UINT64_MAX));
  CHECK(with.base[kPage] == 'y');
  CHECK(with.base[kPage + 1] == 'x');
  CHECK(file::is_unreadable(with.base + kPage, with.base + kPage + 1));
  CHECK_FALSE(file::has_private_copies());
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
