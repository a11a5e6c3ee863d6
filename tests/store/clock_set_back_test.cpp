// The clock is set back, and what is written afterwards is there.
#include <string>

#include <doctest/doctest.h>

#include "src/store/iterator.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"
#include "tests/support/machine_clock.h"
#include "tests/support/open_store.h"
#include "tests/support/store_fixture.h"

using namespace kvstore;
using kvstore::testing::contents;
using kvstore::testing::get;
using kvstore::testing::open_store;
using kvstore::testing::shift_clock;

namespace {

constexpr std::int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;

struct Fixture : kvstore::testing::StoreFixture {
  kvstore::testing::ShiftedClock clock;

  void set(std::string_view key, std::int64_t seconds_to_live) {
    REQUIRE(store->set(key, "v", {.ttl_ms = 1000 * static_cast<std::uint64_t>(seconds_to_live)}));
  }
};

}  // namespace

TEST_CASE("a file that was created under a clock that was ahead counts and keeps its keys") {
  Fixture f;
  REQUIRE(f.store->set("other", "1"));
  REQUIRE(f.store->remove("other"));
  shift_clock(-kDay);
  f.set("b", kHour);
  f.set("c", kMinute);
  REQUIRE(f.store->compact({.keep = KeepHistory::none()}));
  f.set("d", kHour);
  shift_clock(-kDay - 30);
  f.set("e", kMinute);
  for (int i = 0; i < 3; ++i) {
    CAPTURE(i);
    CHECK(f.store->count().value() == 4);
    CHECK(contents(*f.store).size() == 4);
    f.reopen();
  }
}
