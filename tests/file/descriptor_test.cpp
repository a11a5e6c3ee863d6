#include "src/file/descriptor.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

#include <cerrno>

#include <doctest/doctest.h>

#include "src/file/file_system.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;

namespace {

// What a check answers in a process of its own that has closed these descriptors.
template <class Check>
int in_child(std::initializer_list<int> closed, const Check& check) {
  const pid_t child = ::fork();
  if (child == 0) {
    for (const int fd : closed) ::close(fd);
    ::_exit(check());
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("a descriptor is never one of the standard three, whatever is closed") {
  for (const auto& closed : {std::initializer_list<int>{0}, {1}, {2}, {0, 1, 2}, {1, 2}}) {
    CHECK(in_child(closed, [] {
            const file::Descriptor fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
            const bool kept = (::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0;
            return fd.get() > 2 && kept ? 0 : 1;
          }) == 0);
  }
  CHECK(file::above_standard(-1) == -1);
}

TEST_CASE("a database made without standard descriptors is locked, and above them") {
  testing::TempDir directory;
  const std::string path = directory / "data.bin";
  CHECK(in_child({0, 1, 2}, [&] {
          const auto made = file::system_files().create(path, "content");
          for (int fd = 0; fd < 3; ++fd) {
            if (::fcntl(fd, F_GETFD) >= 0) return 1;
          }
          const file::Descriptor other(::open(path.c_str(), O_RDWR | O_CLOEXEC));
          return made && ::flock(other.get(), LOCK_EX | LOCK_NB) != 0 ? 0 : 2;
        }) == 0);
}

TEST_CASE("closed standard descriptors are opened such that using them is an error") {
  CHECK(in_child({0, 1, 2}, [] {
          file::open_standard_descriptors();
          char byte = 'x';
          for (int fd = 0; fd < 3; ++fd) {
            if (::fcntl(fd, F_GETFD) < 0) return 1;
          }
          if (::read(0, &byte, 1) >= 0 || errno != EBADF) return 2;
          if (::write(1, &byte, 1) >= 0 || errno != EBADF) return 3;
          return ::write(2, &byte, 1) >= 0 || errno != EBADF ? 4 : 0;
        }) == 0);
}
