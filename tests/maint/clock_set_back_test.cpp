// The clock is set back, and a file is repaired, salvaged or indexed under it: what a read had
// found expired is not there again.
#include <doctest/doctest.h>

#include "src/maint/reindex.h"
#include "src/maint/repair.h"
#include "src/maint/source.h"
#include "src/store/store.h"
#include "tests/support/machine_clock.h"
#include "tests/support/open_store.h"
#include "tests/support/store_fixture.h"

namespace kvstore::maint::testing {
namespace {

using kvstore::testing::contents;
using kvstore::testing::get;
using kvstore::testing::shift_clock;

constexpr std::int64_t kMinute = 60, kDay = 24 * 60 * kMinute;

struct Fixture : kvstore::testing::StoreFixture {
  kvstore::testing::ShiftedClock clock;
  const std::string path = store->path();

  // k has expired, and the clock is a day before all that.
  explicit Fixture(bool writes_after) {
    REQUIRE(store->set("other", "1"));
    REQUIRE(store->set("k", "v", {.ttl_ms = 1000 * kMinute}));
    shift_clock(10 * kMinute);
    REQUIRE(get(*store, "k") == "(nil)");
    shift_clock(-kDay);
    REQUIRE(get(*store, "k") == "(nil)");
    if (writes_after) REQUIRE(store->set("other", "2", {.ttl_ms = 1000 * kDay}));
    store.reset();
  }

  Source source(file::Mode mode = file::Mode::kReadWrite) {
    auto source = open_source(files, path, mode);
    REQUIRE(source.has_value());
    return std::move(*source);
  }
  void check(const std::string& found) {
    Options options;
    options.file_system = &files;
    for (int i = 0; i < 3; ++i) {
      CAPTURE(i);
      const auto opened = kvstore::testing::open_store(found, options);
      CHECK(get(*opened, "k") == "(nil)");
      CHECK(contents(*opened).size() == 1);
      CHECK(opened->count().value() == 1);
    }
  }
};

TEST_CASE("a repair keeps expired what had expired before the clock was set back") {
  for (const bool writes : {false, true}) {
    CAPTURE(writes);
    Fixture f(writes);
    {
      const Source source = f.source();
      const auto report = audit(source, Way::kJudged, 0);
      REQUIRE(report.has_value());
      REQUIRE(repair(f.files, source, *report));
    }
    f.check(f.path);
  }
}

TEST_CASE("a salvage keeps expired what had expired before the clock was set back") {
  for (const bool writes : {false, true}) {
    CAPTURE(writes);
    Fixture f(writes);
    const Source source = f.source(file::Mode::kReadOnly);
    const auto report = audit(source, Way::kCarved, 0);
    REQUIRE(report.has_value());
    REQUIRE(salvage(f.files, source, *report, "saved"));
    f.check("saved");
  }
}

TEST_CASE("a new index keeps expired what had expired before the clock was set back") {
  for (const bool writes : {false, true}) {
    CAPTURE(writes);
    Fixture f(writes);
    {
      Source source = f.source();
      REQUIRE(reindex(&source));
    }
    f.check(f.path);
  }
}

}  // namespace
}  // namespace kvstore::maint::testing
