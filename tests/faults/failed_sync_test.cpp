// A sync fails and, as Linux does it, the pages it lost are marked clean: a
// second sync that succeeds would prove nothing.

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/support/sim_files.h"

using namespace kvstore;
using kvstore::testing::Loss;
using kvstore::testing::SimFiles;

namespace {

constexpr const char* kPath = "data.bin";

std::unique_ptr<Store> open(SimFiles& files) {
  Options options;
  options.file_system = &files;
  auto store = Store::open(kPath, options);
  REQUIRE(store);
  return std::move(*store);
}

std::string get(Store& store, const std::string& key) {
  std::string value;
  const auto found = store.get(key, &value);
  REQUIRE(found);
  return *found ? value : "(nil)";
}

}  // namespace

TEST_CASE("after a failed sync writes are refused, reads go on, and reopening writes all anew") {
  std::mt19937_64 random(1);
  for (int loss = 0; loss < kvstore::testing::kLossCount; ++loss) {
    for (int round = 0; round < 20; ++round) {
      CAPTURE(loss);
      SimFiles files;
      {
        auto store = open(files);
        REQUIRE(store->set("before", "1"));
        files.on_sync = [] { return Status(fail(Code::kIo, "cannot sync: Input/output error")); };
        const auto lost = store->set("during", std::string(20'000, 'x'));
        REQUIRE_FALSE(lost);
        CHECK(lost.error().code == Code::kIo);
        files.on_sync = nullptr;
        const auto later = store->set("later", "3");
        REQUIRE_FALSE(later);
        CHECK(later.error().code == Code::kFailed);
        CHECK_FALSE(store->commit());
        CHECK_FALSE(store->stats().writes_refused.empty());
        CHECK(get(*store, "before") == "1");
        CHECK_FALSE(store->close());
      }
      auto store = open(files);
      REQUIRE(store->open_report().how == OpenReport::How::kRecovered);
      REQUIRE(store->set("after", "4"));  // acknowledged
      SimFiles after;
      after.reboot();
      after.put(kPath, files.crash_image(kPath, static_cast<Loss>(loss), random));
      auto again = open(after);
      CHECK(again->open_report().how != OpenReport::How::kDamaged);
      CHECK(get(*again, "before") == "1");
      CHECK(get(*again, "during") == std::string(20'000, 'x'));  // it was found, so it stays
      CHECK(get(*again, "after") == "4");
      CHECK(get(*again, "later") == "(nil)");
    }
  }
}
