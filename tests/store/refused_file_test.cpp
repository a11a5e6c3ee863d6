// Files that may not be written are not: neither their records nor their slots.
#include <chrono>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/support/open_store.h"
#include "tests/support/sim_files.h"

using namespace kvstore;
using kvstore::testing::SimFiles;
using kvstore::testing::open_store;

namespace {

// As a killed process leaves it, with records that no slot knows to be durable.
testing::Image killed_image() {
  SimFiles files;
  auto store = open_store(files);
  for (int i = 0; i < 20; ++i) REQUIRE(store->set("k" + std::to_string(i), "value" + std::to_string(i)));
  return files.memory("a.bin");
}

}  // namespace

TEST_CASE("a damaged file keeps every byte, whatever the policy and however long it is open") {
  testing::Image image = killed_image();
  const std::size_t at = image.find("value7") - 20;
  image[at] = static_cast<char>(image[at] ^ 1);
  for (const SyncPolicy policy : {SyncPolicy::always(), SyncPolicy::every_ms(1)}) {
    SimFiles files;
    files.put("a.bin", image);
    auto store = open_store(files, {.sync = policy});
    REQUIRE(store->open_report().how == OpenReport::How::kDamaged);
    CHECK(store->set("k", "v").error().code == Code::kDamaged);
    CHECK(store->commit());
    CHECK(store->sync());
    // More than the committer waits before it notes in a slot what is durable.
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    CHECK(store->close());
    CHECK(files.memory("a.bin") == image);
    CHECK(files.syncs == 0);
  }
}

TEST_CASE("a file that lost both slots is damaged, and takes no writes that would be lost") {
  testing::Image image = killed_image();
  std::fill_n(image.begin() + 1024, 1024, '\0');
  SimFiles files;
  files.put("a.bin", image);
  auto store = open_store(files);
  CHECK(store->open_report().how == OpenReport::How::kDamaged);
  CHECK(store->set("k", "v").error().code == Code::kDamaged);
  std::string value;
  CHECK(*store->get("k19", &value));
}
