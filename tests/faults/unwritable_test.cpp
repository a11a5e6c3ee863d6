// A page of the preallocated space that cannot be stored to, as on a copy-on-write file system
// that is full: it costs the write that needs it, and nothing else.

#include <sys/resource.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "src/base/clock.h"
#include "src/file/bus_guard.h"
#include "src/maint/audit.h"
#include "src/maint/source.h"
#include "src/store/store.h"
#include "tests/faults/system_calls.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::QuickDir;

namespace {

constexpr std::uint64_t kPage = 4096;

// While it lives nothing can be written to a file with a call, and no file grows.
class Full {
 public:
  Full() {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit none{1, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  ~Full() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  Full(const Full&) = delete;
  Full& operator=(const Full&) = delete;

 private:
  rlimit before_{};
};

// A store whose log ends in page 2.
struct Fixture {
  explicit Fixture(SyncPolicy policy = SyncPolicy::always()) {
    file::install_bus_guard(7);
    Options options;
    options.sync = policy;
    store = std::move(*Store::open(path, options));
    REQUIRE(store->set("a", std::string(6000, 'a')));
  }
  // As another process sees the file.
  std::string seen(const std::string& key) const {
    Options reading;
    reading.read_only = true;
    const auto reader = std::move(*Store::open(path, reading));
    return get(*reader, key);
  }
  static std::string get(Store& store, const std::string& key) {
    std::string value;
    const auto found = store.get(key, &value);
    if (!found) return std::string(code_name(found.error().code));
    return *found ? value.substr(0, 9) : "(nil)";
  }
  std::string get(const std::string& key) const { return get(*store, key); }
  void check_sound() const {
    const auto source = maint::open_source(file::system_files(), path, file::Mode::kReadOnly);
    REQUIRE(source);
    const auto report = maint::audit(*source, maint::Way::kJudged, now_ms(), {});
    REQUIRE(report);
    CHECK(report->state() == maint::State::kIntact);
  }

  QuickDir directory;
  const std::string path = directory / "data.bin";
  std::unique_ptr<Store> store;
};

template <class T>
void check_full(const T& written) {
  REQUIRE_FALSE(written);
  CHECK(written.error().code == Code::kFull);
}

}  // namespace

TEST_CASE("a write that finds no space under it is FULL, reads go on, and the next one succeeds") {
  for (const SyncPolicy policy :
       {SyncPolicy::always(), SyncPolicy::every_ms(50), SyncPolicy::none()}) {
    CAPTURE(policy.to_string());
    const Fixture with(policy);
    for (int round = 0; round < 3; ++round) {
      const Full disk;
      test::make_unwritable(2 * kPage);
      check_full(with.store->set("b", "2"));
      CHECK(with.get("b") == "(nil)");
      CHECK(with.get("a") == "aaaaaaaaa");
      CHECK_FALSE(file::has_private_copies());
    }
    CHECK(with.store->set("b", "3"));
    CHECK(with.get("b") == "3");
    CHECK(with.seen("b") == "3");
    CHECK(with.store->close());
    with.check_sound();
  }
}

TEST_CASE("a write whose page can be written with a call is as good as any") {
  const Fixture with;
  test::make_unwritable(2 * kPage);
  CHECK(with.store->set("b", "2"));
  CHECK(with.get("b") == "2");
  CHECK(with.seen("b") == "2");
  CHECK_FALSE(file::has_private_copies());
  CHECK(with.store->close());
  with.check_sound();
}

TEST_CASE("a value of many pages that finds no space for one leaves nothing in the others") {
  for (std::uint64_t page = 2; page < 9; ++page) {
    CAPTURE(page);
    const Fixture with;
    {
      const Full disk;
      test::make_unwritable(page * kPage);
      check_full(with.store->set("b", std::string(30'000, 'b')));
    }
    CHECK(with.get("b") == "(nil)");
    // A kill leaves this; a little is written after the place where it failed.
    REQUIRE(with.store->set("c", "3"));
    CHECK(with.seen("c") == "3");
    with.check_sound();
    REQUIRE(with.store->set("b", std::string(30'000, 'n')));
    CHECK(with.get("b") == "nnnnnnnnn");
    CHECK(with.store->close());
    with.check_sound();
  }
}

TEST_CASE("a batch that finds no space is written whole later, and until then not at all") {
  for (std::uint64_t page = 2; page < 9; ++page) {
    CAPTURE(page);
    const Fixture with;
    Batch batch;
    batch.set("b", "1");
    batch.append("a", std::string(9000, 'x'));
    batch.set("c", std::string(9000, 'c'));
    batch.set("d", std::string(9000, 'd'));
    {
      const Full disk;
      test::make_unwritable(page * kPage);
      check_full(with.store->apply(batch));
      CHECK(with.get("a") == "aaaaaaaaa");
      CHECK(with.get("b") == "(nil)");
      CHECK(with.get("d") == "(nil)");
      CHECK(with.store->stat("a").value()->size == 6000);
    }
    REQUIRE(with.store->apply(batch));
    CHECK(with.get("d") == "ddddddddd");
    CHECK(with.store->stat("a").value()->size == 15'000);
    CHECK(with.seen("b") == "1");
    CHECK(with.store->close());
    with.check_sound();
  }
}

TEST_CASE("a sync that finds no space is FULL, and is made good when there is space") {
  const Fixture with;
  test::arm({1, true, ENOSPC, false, "fdatasync"});
  check_full(with.store->set("b", "2"));
  check_full(with.store->set("c", "3"));  // not even tried
  CHECK(with.get("a") == "aaaaaaaaa");
  CHECK(with.get("c") == "(nil)");
  check_full(with.store->sync());
  test::disarm();
  while (!with.store->set("c", "4")) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(with.get("b") == "2");  // as its error says
  CHECK(with.seen("c") == "4");
  CHECK(with.store->close());
  with.check_sound();
}

TEST_CASE("a store whose syncs find no space to its end says so when it is closed, and loses nothing") {
  for (const SyncPolicy policy : {SyncPolicy::always(), SyncPolicy::none()}) {
    CAPTURE(policy.to_string());
    const Fixture with(policy);
    REQUIRE(with.store->sync());
    test::arm({1, true, ENOSPC, false, "fdatasync"});
    const bool is_waited_for = policy.mode == SyncPolicy::Mode::kAlways;
    CHECK(with.store->set("b", "2").has_value() != is_waited_for);
    check_full(with.store->sync());
    check_full(with.store->close());
    test::disarm();
    const auto again = std::move(*Store::open(with.path));
    CHECK(Fixture::get(*again, "a") == "aaaaaaaaa");
    CHECK(Fixture::get(*again, "b") == "2");
  }
}
