// A page of the file that the disk does not give, at every place where it may be: it
// costs the records in it, is told as damage, and never ends the process, loses what
// was acknowledged, or lets an older value pass for a newer one.

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "src/base/clock.h"
#include "src/file/bus_guard.h"
#include "src/maint/audit.h"
#include "src/maint/convert.h"
#include "src/maint/source.h"
#include "src/store/store.h"
#include "tests/faults/system_calls.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::QuickDir;

namespace {

constexpr std::uint64_t kPage = 4096;

// Pages 2 to 5 hold a value; the small records stand before and after.
void fill(const std::string& path) {
  auto store = std::move(*Store::open(path));
  REQUIRE(store->set("a", "1"));
  REQUIRE(store->set("big", std::string(20'000, 'b')));
  REQUIRE(store->set("z", "9"));
  REQUIRE(store->close());
}

// As a killed process leaves it: in the page cache all there, never closed.
void fill_and_die(const std::string& path) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto store = std::move(*Store::open(path));
    (void)store->set("a", "1");
    (void)store->set("big", std::string(20'000, 'b'));
    (void)store->set("z", "9");
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
}

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Broken {
 public:
  explicit Broken(std::vector<std::uint64_t> offsets) {
    file::install_bus_guard(7);
    test::set_unreadable(std::move(offsets));
  }
  ~Broken() { test::set_unreadable({}); }
};

Options options(bool read_only) {
  Options made;
  made.read_only = read_only;
  return made;
}

// "value", "(nil)" or the error's code.
std::string get(Store& store, const std::string& key) {
  std::string value;
  const auto found = store.get(key, &value);
  if (!found) return std::string(code_name(found.error().code));
  return *found ? value.substr(0, 9) : "(nil)";
}

}  // namespace

TEST_CASE("an unreadable page in a value costs that value, and nobody else notices") {
  QuickDir directory;
  const std::string path = directory / "data.bin";
  fill(path);
  const Broken disk({2 * kPage});
  for (const bool read_only : {true, false}) {
    CAPTURE(read_only);
    auto store = std::move(*Store::open(path, options(read_only)));
    CHECK(get(*store, "big") == "CORRUPT");
    CHECK(get(*store, "a") == "1");
    CHECK(get(*store, "z") == "9");
    if (read_only) continue;
    CHECK(store->set("more", "2"));
    CHECK(store->set("big", "anew"));
    CHECK(get(*store, "big") == "anew");
    CHECK(store->close());
  }
}

TEST_CASE("wherever the unreadable page is, the file opens, as often as it is tried, and loses nothing") {
  for (const bool killed : {false, true}) {
    QuickDir directory;
    const std::string path = directory / "data.bin";
    killed ? fill_and_die(path) : fill(path);
    const std::string before = bytes_of(path);
    for (std::uint64_t page = 1; page < before.size() / kPage + 1; ++page) {
      if (page * kPage >= before.size()) break;
      const bool in_value_only = page >= 2 && page <= 4;
      for (const bool read_only : {true, false, false}) {
        CAPTURE(killed);
        CAPTURE(page);
        CAPTURE(read_only);
        const Broken disk({page * kPage});
        auto opened = Store::open(path, options(read_only));
        REQUIRE(opened);
        Store& store = **opened;
        // Never another value, and never none.
        for (const auto& [key, value] : {std::pair{"a", "1"}, {"big", "bbbbbbbbb"}, {"z", "9"}}) {
          const std::string found = get(store, key);
          CHECK_MESSAGE((found == value || found == "CORRUPT"), key, " answers ", found);
        }
        if (!in_value_only) continue;
        CHECK(get(store, "a") == "1");
        CHECK(get(store, "z") == "9");
      }
      if (page * kPage < 4144 || page == 1 || page == 5) {
        // Not a torn end, so nothing is cut.
        CHECK(bytes_of(path).substr(kPage) == before.substr(kPage));
      }
      const Broken disk({page * kPage});
      const auto source = maint::open_source(file::system_files(), path, file::Mode::kReadOnly);
      REQUIRE(source);
      const auto report = maint::audit(*source, maint::Way::kJudged, now_ms(), {});
      REQUIRE(report);
      if (page <= 5) CHECK(report->state() == maint::State::kDamaged);
      const auto carved = maint::audit(*source, maint::Way::kCarved, now_ms(), {});
      REQUIRE(carved);
      if (page <= 5) CHECK(carved->state() == maint::State::kDamaged);
    }
  }
}

TEST_CASE("an unreadable header is an error that says so, and the records can be saved") {
  QuickDir directory;
  const std::string path = directory / "data.bin";
  fill(path);
  const Broken disk({0});
  const auto store = Store::open(path);
  REQUIRE_FALSE(store);
  CHECK(store.error().code == Code::kIo);
  CHECK(store.error().message.find("the disk failed") != std::string::npos);
  const auto source = maint::open_source(file::system_files(), path, file::Mode::kReadOnly);
  REQUIRE(source);
  CHECK(source->header_lost);
}

TEST_CASE("what is stored where the disk fails is acknowledged under no policy") {
  for (const SyncPolicy policy : {SyncPolicy::always(), SyncPolicy::every_ms(50), SyncPolicy::none()}) {
    CAPTURE(policy.to_string());
    QuickDir directory;
    const Broken disk({});
    Options with;
    with.sync = policy;
    auto store = std::move(*Store::open(directory / "data.bin", with));
    REQUIRE(store->set("a", std::string(6000, 'a')));
    test::make_unreadable(2 * kPage);  // where the log ends
    const auto written = store->set("b", "2");
    REQUIRE_FALSE(written);
    CHECK(written.error().code == Code::kIo);
    const auto after = store->set("c", "3");
    REQUIRE_FALSE(after);
    CHECK(after.error().code == Code::kFailed);
    CHECK_FALSE(store->close());
  }
}

TEST_CASE("a file without checksums is not converted around what the disk does not give") {
  QuickDir directory;
  const std::string old = directory / "old.bin", path = directory / "new.bin";
  {
    std::ofstream out(old, std::ios::binary);
    out << std::string("\1\0\0\0k\x20\x4e\0\0", 9) << std::string(20'000, 'v');
  }
  const Broken disk({2 * kPage});
  const auto done = maint::convert(file::system_files(), old, path, {}, {});
  REQUIRE_FALSE(done);
  CHECK(done.error().code == Code::kIo);
  CHECK_FALSE(std::filesystem::exists(path));
}
