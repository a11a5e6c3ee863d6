// Damage to records, batches above all, that were acknowledged but that no slot
// knows yet to be durable: never taken for a torn end.
#include <string>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/support/open_store.h"
#include "tests/support/sim_files.h"

using namespace kvstore;
using kvstore::testing::get;
using kvstore::testing::open_store;
using kvstore::testing::SimFiles;

namespace {

// A file as a killed process leaves it: a batch of three, then `after` writes.
testing::Image killed_after_batch(int after) {
  SimFiles files;
  auto store = open_store(files);
  REQUIRE(store->set("b", "older"));
  Batch batch;
  batch.set("a", "value-of-a");
  batch.set("b", "value-of-b");
  batch.set("c", "value-of-c");
  REQUIRE(store->apply(batch));
  for (int i = 0; i < after; ++i) REQUIRE(store->set("after" + std::to_string(i), "kept"));
  return files.memory("a.bin");
}

void flip(testing::Image& image, const std::string& text, int from) {
  const std::size_t at = image.find(text) + static_cast<std::size_t>(from);
  image[at] = static_cast<char>(image[at] ^ 1);
}

}  // namespace

TEST_CASE("a bit flipped in a batch does not cut the acknowledged writes behind it") {
  for (const bool power_lost : {false, true}) {
    for (const bool in_head : {false, true}) {
      CAPTURE(power_lost);
      CAPTURE(in_head);
      testing::Image image = killed_after_batch(5);
      flip(image, "value-of-b", in_head ? -9 : 0);
      SimFiles files;
      if (power_lost) files.reboot();
      files.put("a.bin", image);
      auto store = open_store(files);
      CHECK(get(*store, "after4") == "kept");
      CHECK(get(*store, "c") == "value-of-c");
      CHECK(get(*store, "b") == "error CORRUPT");
      CHECK(store->open_report().cut_size == 0);
    }
  }
}

TEST_CASE("a reader goes on after damage that a later record proves to be rot") {
  for (const std::string affected : {"older", "value-of-b", "value-of-c"}) {
    CAPTURE(affected);
    testing::Image image = killed_after_batch(5);
    flip(image, affected, 0);
    SimFiles files;
    files.put("a.bin", image);
    Options options;
    options.file_system = &files;
    options.read_only = true;
    auto opened = Store::open("a.bin", options);
    REQUIRE(opened);
    CHECK(get(**opened, "after4") == "kept");
    CHECK(get(**opened, "a") == "value-of-a");
  }
}

TEST_CASE("a bit flipped in the log's last batch is rot if no power was lost") {
  for (const std::string member : {"a", "b", "c"}) {
    CAPTURE(member);
    testing::Image image = killed_after_batch(0);
    flip(image, "value-of-" + member, 0);
    SimFiles files;
    files.put("a.bin", image);
    auto store = open_store(files);
    CHECK(store->open_report().how == OpenReport::How::kDamaged);
    CHECK(get(*store, member) == "error CORRUPT");
    CHECK(files.memory("a.bin") == image);
  }
}

TEST_CASE("a batch that lost a member with the power is torn as a whole") {
  // Nothing behind it says that it was durable, nor does the slot yet.
  testing::Image image = killed_after_batch(0);
  flip(image, "value-of-c", 0);
  SimFiles files;
  files.reboot();
  files.put("a.bin", image);
  auto store = open_store(files);
  CHECK(store->open_report().how == OpenReport::How::kRecovered);
  CHECK(get(*store, "a") == "(nil)");
  CHECK(get(*store, "b") == "older");
}
