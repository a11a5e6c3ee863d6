// Creating a database where the file system lacks what is best used for it.

#include <cerrno>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "src/file/file_system.h"
#include "src/store/store.h"
#include "tests/faults/system_calls.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::QuickDir;

namespace {

// What went wrong; empty: nothing, and the value is there after another open.
std::string create_without(const std::string& calls, int error) {
  QuickDir directory;
  const std::string path = directory / "data.bin";
  {
    test::arm({.call = 1, .for_ever = true, .error = error, .only = calls});
    auto store = Store::open(path);
    const auto written = store ? (*store)->set("a", "1") : fail(store.error());
    test::disarm();
    if (test::failures() == 0) return "nothing failed";
    if (!written) return written.error().message;
    if (!(*store)->close()) return "it cannot be closed";
  }
  std::string value;
  auto store = Store::open(path);
  if (!store || !(*store)->get("a", &value).value_or(false) || value != "1") return "it is not there";
  const auto begin = std::filesystem::directory_iterator(directory.path());
  return std::distance(begin, {}) == 1 ? "" : "something else is left, too";
}

}  // namespace

TEST_CASE("a database is created without hard links") {
  for (const int error : {EPERM, EOPNOTSUPP, ENOSYS}) CHECK(create_without("link,linkat", error) == "");
}

TEST_CASE("a database is created without /proc") { CHECK(create_without("linkat", ENOENT) == ""); }

TEST_CASE("a database is created without hard links and renames that never replace") {
  for (const int error : {EPERM, EOPNOTSUPP, ENOSYS, EINVAL}) {
    CHECK(create_without("link,linkat,renameat2", error) == "");
  }
}

TEST_CASE("a database is created where a directory cannot be synced") {
  for (const int error : {EINVAL, EOPNOTSUPP}) CHECK(create_without("fsync_directory", error) == "");
  // A disk that fails is not that.
  CHECK(create_without("fsync_directory", EIO) != "");
  CHECK(create_without("fsync_directory,syncfs", EINVAL) != "");
}

TEST_CASE("nobody's file is replaced where renames might replace one") {
  QuickDir directory;
  const std::string path = directory / "data.bin";
  {
    auto store = std::move(*Store::open(path));
    REQUIRE(store->set("a", "theirs"));
    REQUIRE(store->close());
  }
  test::arm({.call = 1, .for_ever = true, .error = EPERM, .only = "link,linkat,renameat2"});
  const auto made = file::system_files().create(path, "ours");
  test::disarm();
  REQUIRE_FALSE(made);
  CHECK(made.error().code == Code::kExists);
}
