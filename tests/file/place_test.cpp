// A file that is removed, replaced, moved or cut while it is open for writing.

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include <doctest/doctest.h>

#include "src/file/file_system.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using file::Mode;
using testing::TempDir;

namespace {

// What sync() answers after something was done to DIR/sub/file; empty: nothing.
std::string answer_after(const std::function<void(const std::string& dir, const std::string& path)>& change) {
  TempDir directory;
  const std::string dir = directory / "sub", path = dir + "/file";
  std::filesystem::create_directory(dir);
  std::ofstream(path) << std::string(10'000, 'x');
  auto file = file::system_files().open(path, Mode::kReadWrite);
  REQUIRE(file);
  REQUIRE((*file)->sync());
  change(dir, path);
  const Status synced = (*file)->sync();
  if (synced) return {};
  CHECK(synced.error().code == Code::kFailed);
  CHECK(synced.error().hint != "");
  const auto begin = synced.error().message.find(" was ");
  return synced.error().message.substr(begin + 1, synced.error().message.find(" while ") - begin - 1);
}

void write(const std::string& path, std::size_t size) { std::ofstream(path) << std::string(size, 'o'); }

}  // namespace

TEST_CASE("a sync fails if the file was removed, replaced, moved away or cut short") {
  CHECK(answer_after([](auto&, auto&) {}) == "");
  CHECK(answer_after([](auto&, auto& path) { ::unlink(path.c_str()); }) == "was removed");
  CHECK(answer_after([](auto&, auto& path) {
          ::unlink(path.c_str());
          write(path, 10'000);
        }) == "was replaced by another file");
  CHECK(answer_after([](auto& dir, auto& path) {
          write(dir + "/other", 10'000);
          std::rename((dir + "/other").c_str(), path.c_str());
        }) == "was replaced by another file");
  CHECK(answer_after([](auto& dir, auto& path) {
          std::rename(path.c_str(), (dir + "/elsewhere").c_str());
        }) == "was moved away");
  CHECK(answer_after([](auto& dir, auto&) { std::filesystem::remove_all(dir); }) == "was removed");
  CHECK(answer_after([](auto&, auto& path) { REQUIRE(::truncate(path.c_str(), 5000) == 0); }) ==
        "was cut short by another program");
}

TEST_CASE("a second name, or a directory that has another name, is no reason to fail") {
  CHECK(answer_after([](auto& dir, auto& path) {
          REQUIRE(::link(path.c_str(), (dir + "/second").c_str()) == 0);
        }) == "");
  CHECK(answer_after([](auto& dir, auto&) { std::rename(dir.c_str(), (dir + "2").c_str()); }) == "");
  // Unless somebody has put another file where it was.
  CHECK(answer_after([](auto& dir, auto& path) {
          std::rename(dir.c_str(), (dir + "2").c_str());
          std::filesystem::create_directory(dir);
          write(path, 10'000);
        }) == "was replaced by another file");
  CHECK(answer_after([](auto& dir, auto& path) {
          std::rename(path.c_str(), (dir + "/real").c_str());
          REQUIRE(::symlink("real", path.c_str()) == 0);
        }) == "");
}

TEST_CASE("a saved file has owner and mode of the file that it stands beside") {
  TempDir directory;
  const std::string path = directory / "file";
  const mode_t before = ::umask(022);
  for (const mode_t mode : {0600, 0640, 0444, 0666}) {
    write(path, 1);
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    if (::geteuid() == 0) REQUIRE(::chown(path.c_str(), 12345, 23456) == 0);
    const std::string side = directory / ("side" + std::to_string(mode));
    REQUIRE(file::system_files().save(side, "bytes", path));
    struct stat info {}, like {};
    REQUIRE(::stat(side.c_str(), &info) == 0);
    REQUIRE(::stat(path.c_str(), &like) == 0);
    CHECK((info.st_mode & 07777) == mode);
    CHECK(info.st_uid == like.st_uid);
    CHECK(info.st_gid == like.st_gid);
    ::unlink(path.c_str());
  }
  ::umask(before);
}

TEST_CASE("what cannot be opened is no failure of the disk") {
  TempDir directory;
  auto& files = file::system_files();
  REQUIRE(::symlink("b", (directory / "a").c_str()) == 0);
  REQUIRE(::symlink("a", (directory / "b").c_str()) == 0);
  CHECK(files.open(directory / "a", Mode::kReadWrite).error().code == Code::kFormat);
  CHECK(files.open(directory / std::string(300, 'n'), Mode::kReadOnly).error().code == Code::kFormat);
  CHECK(files.open(directory / "none", Mode::kReadOnly).error().code == Code::kNotFound);
  CHECK(files.open("", Mode::kReadWrite).error().code == Code::kNotFound);
  CHECK(files.open(directory / ".", Mode::kReadWrite).error().code == Code::kFormat);
}
