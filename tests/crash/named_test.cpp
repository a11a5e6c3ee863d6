// Crashes and damage that have a name, one test each. The random ones beside
// them (power_loss_test, bytes_test) meet most of these sooner or later; here it
// is certain.

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>

#include <doctest/doctest.h>

#include "src/log/header_page.h"
#include "src/store/store.h"
#include "tests/support/sim_files.h"

using namespace kvstore;
using kvstore::testing::Image;
using kvstore::testing::SimFiles;

namespace {

constexpr const char* kPath = "data.bin";
constexpr std::size_t kSector = 512, kPage = 4096;

WriteOptions lazy() {
  WriteOptions options;
  options.wait = false;
  return options;
}

// A machine that was started anew and finds this file.
struct Machine {
  explicit Machine(const Image& image = {}) {
    files.reboot();
    if (!image.empty()) files.put(kPath, image);
    Options options;
    options.file_system = &files;
    auto opened = Store::open(kPath, options);
    if (!opened) FAIL(opened.error().message);
    store = std::move(*opened);
  }
  std::string get(const std::string& key) {
    std::string value;
    const auto found = store->get(key, &value);
    if (!found) return found.error().code == Code::kCorrupt ? "(CORRUPT)" : found.error().message;
    return *found ? value : "(nil)";
  }
  void set(const std::string& key, const std::string& value) {
    REQUIRE(store->set(key, value, lazy()));
  }
  bool damaged() const { return store->open_report().how == OpenReport::How::kDamaged; }
  Image image() const { return files.memory(kPath); }
  std::uint64_t end() const { return store->stats().file_size; }
  Image close() {
    REQUIRE(store->close());
    return image();
  }

  SimFiles files;
  std::unique_ptr<Store> store;
};

std::string number(int i) { return std::to_string(100 + i); }

void zero(Image* image, std::uint64_t begin, std::uint64_t size) {
  std::fill_n(image->begin() + static_cast<std::ptrdiff_t>(begin), size, '\0');
}

Image flipped(Image image, std::uint64_t bit) {
  image[bit / 8] = static_cast<char>(image[bit / 8] ^ (1 << bit % 8));
  return image;
}

}  // namespace

TEST_CASE(
    "the stale record: records after a lost page stay gone when records of their size fill the "
    "gap") {
  const std::string value(kSector - 100, 'v');
  Machine before;
  REQUIRE(before.store->set("durable", "yes"));
  const std::uint64_t begin = before.end();
  for (int i = 0; i < 20; ++i) before.set("old" + number(i), value);
  const Image old = before.image();
  const std::uint64_t size = (before.end() - begin) / 20;
  // Some of the first pages are lost; all the others are on the disk.
  for (const int refill : {1, 5, 19}) {
    Image lost = old;
    zero(&lost, begin, size * static_cast<std::uint64_t>(refill));
    Machine after(lost);
    CHECK(after.end() == begin);
    const std::uint64_t gap_end = begin + size * static_cast<std::uint64_t>(refill);
    // The first gives way for what a record after a sync says in addition.
    const std::string first = value.substr(8);
    for (int i = 0; i < refill; ++i) after.set("new" + number(i), i == 0 ? first : value);
    REQUIRE(after.end() == gap_end);
    // And now the disk has the old bytes after them, as if nothing was cut.
    Image stale = after.image();
    stale.resize(std::max(stale.size(), old.size()));
    std::copy(old.begin() + static_cast<std::ptrdiff_t>(after.end()), old.end(),
              stale.begin() + static_cast<std::ptrdiff_t>(after.end()));
    Machine again(stale);
    CHECK_FALSE(again.damaged());
    CHECK(again.get("durable") == "yes");
    CHECK(again.end() == after.end());
    for (int i = 0; i < refill; ++i) {
      CHECK(again.get("new" + number(i)) == (i == 0 ? first : value));
    }
    for (int i = 0; i < 20; ++i) CHECK(again.get("old" + number(i)) == "(nil)");
  }
}

TEST_CASE("opening again and again without a write never makes the next record a stale record") {
  Machine first;
  REQUIRE(first.store->set("key", "first"));
  Image image = first.image();
  const auto epoch_before = first.store->stats().epoch;
  for (int i = 0; i < 100; ++i) image = Machine(image).image();  // not closed before it is copied
  Machine last(image);
  CHECK(last.store->stats().epoch <= epoch_before + 1);
  last.set("key", "last");
  CHECK(Machine(last.image()).get("key") == "last");
}

TEST_CASE("a zeroed block in the middle is not the end of the log") {
  Machine machine;
  for (int i = 0; i < 200; ++i) machine.set("key" + number(i), std::string(100, 'v'));
  const Image whole = machine.close();
  for (std::uint64_t at = kPage; at + kSector <= whole.size(); at += kSector) {
    Image image = whole;
    zero(&image, at, kSector);
    Machine after(image);
    CHECK(after.damaged());
    CHECK(after.end() == whole.size());
    // All before it may have lost a newer version in it; what stands after is whole.
    const std::uint64_t size = (whole.size() - kPage) / 200;
    const int behind = static_cast<int>((at + kSector - kPage) / size) + 1;
    for (int i = 0; i < 200; ++i) {
      const std::string value = after.get("key" + number(i));
      CHECK((value == std::string(100, 'v') || (value == "(CORRUPT)" && i < behind)));
    }
  }
}

TEST_CASE("the last batch before a clean stop is known durable: damage to it is never a torn end") {
  Machine machine;
  machine.set("a", "old");
  const std::uint64_t begin = machine.end();
  Batch batch;
  for (const char* key : {"a", "b", "c"}) batch.set(key, "new");
  REQUIRE(machine.store->apply(batch, false));
  const Image whole = machine.close();
  for (std::uint64_t bit = begin * 8; bit < whole.size() * 8; ++bit) {
    Machine after(flipped(whole, bit));
    const std::string a = after.get("a");
    CHECK((a == "new" || a == "(CORRUPT)"));
    CHECK(after.store->open_report().cut_size == 0);
    CHECK((after.get("b") == "new") + (after.get("c") == "new") + (a == "new") >= 2);
  }
}

TEST_CASE("a file cut short before or in its last batch shows none of the older values") {
  for (const int behind : {0, 1}) {
    Machine machine;
    for (const char* key : {"a", "b", "c"}) machine.set(key, "old");
    const std::uint64_t begin = machine.end();
    Batch batch;
    for (const char* key : {"a", "b", "c"}) batch.set(key, "new");
    REQUIRE(machine.store->apply(batch, false));
    const std::uint64_t end = machine.end();
    if (behind > 0) machine.set("z", "value");
    const Image whole = machine.close();
    for (std::uint64_t size = begin; size < end; ++size) {
      Machine after(whole.substr(0, size));
      CHECK(after.damaged());
      for (const char* key : {"a", "b", "c"}) CHECK(after.get(key) != "old");
    }
  }
}

TEST_CASE(
    "a file cut in its last batch names the right affected key, however often it was recovered") {
  Machine machine;
  for (const char* key : {"a", "b", "c"}) machine.set(key, "old");
  Batch batch;
  for (const char* key : {"a", "b"}) batch.set(key, "new");
  const std::uint64_t begin = machine.end();
  REQUIRE(machine.store->apply(batch, false));
  const std::uint64_t end = machine.end();
  Machine closed(machine.close());
  closed.set("c", "new");
  const Image recovered = Machine(closed.image()).image();  // killed twice
  for (std::uint64_t size = begin; size < end; ++size) {
    Machine after(recovered.substr(0, size));
    for (const char* key : {"a", "b", "c"}) CHECK(after.get(key) != "old");
  }
}

TEST_CASE("what a lost end took after the noted D never answers an older value") {
  Machine machine;
  for (const char* key : {"a", "b", "c"}) machine.set(key, "old");
  const std::uint64_t begin = machine.end();
  machine.set("a", "new");
  const std::uint64_t noted = machine.end();
  Machine open(machine.close());
  for (const char* key : {"b", "c"}) REQUIRE(open.store->set(key, "new"));
  const std::uint64_t end = open.end();
  // Up to a's value: if its head is good the log ends at the noted D, and what was
  // after is the one loss that nothing in the file tells of (docs/RELIABILITY.md).
  for (std::uint64_t size = begin; size + 8 <= noted; ++size) {
    const Image cut = open.image().substr(0, size);
    for (const Image& image : {cut, cut + std::string(end - size, 'g')}) {
      Machine after(image);
      for (const char* key : {"a", "b", "c"}) CHECK(after.get(key) != "old");
    }
  }
}

TEST_CASE("a reader of a file whose end is missing says so once, however long it reads") {
  Machine machine;
  machine.set("a", "1");
  const std::uint64_t end = machine.end();
  machine.set("b", "2");
  const Image whole = machine.close();
  SimFiles files;
  files.put(kPath, whole.substr(0, end));
  Options options;
  options.file_system = &files;
  options.read_only = true;
  const auto reader = Store::open(kPath, options);
  REQUIRE(reader);
  std::string value;
  for (int i = 0; i < 100; ++i) CHECK(*(*reader)->get("a", &value));
  CHECK((*reader)->open_report().damage.size() == 1);
}

TEST_CASE("a batch whose middle page is lost is gone as a whole, or damage if it was synced") {
  for (const bool synced : {false, true}) {
    Machine machine;
    REQUIRE(machine.store->set("a", "old"));
    const std::uint64_t begin = machine.end();
    Batch batch;
    for (const char* key : {"a", "b", "c"}) batch.set(key, std::string(3 * kPage, 'n'));
    REQUIRE(machine.store->apply(batch, false));
    const std::uint64_t end = machine.end();
    if (synced) REQUIRE(machine.store->set("z", "says that the batch is durable"));
    if (synced) REQUIRE(machine.store->set("z", "says that the batch is durable"));
    const Image whole = machine.image();
    for (std::uint64_t page = (begin / kPage + 1) * kPage; page < end; page += kPage) {
      Image image = whole;
      zero(&image, page, std::min<std::uint64_t>(kPage, end - page));
      Machine after(image);
      CHECK(after.end() == (synced ? machine.end() : begin));
      CHECK(after.get("a") == (synced ? after.get("a") : "old"));
      CHECK(after.get("a") != (synced ? "old" : "(CORRUPT)"));
      const std::string b = after.get("b"), c = after.get("c");
      if (!synced) CHECK((b == "(nil)" && c == "(nil)"));
      if (synced) CHECK((b == "(CORRUPT)" || c == "(CORRUPT)" || after.get("a") == "(CORRUPT)"));
    }
  }
}

TEST_CASE("a flipped bit in a key's newest SET or DELETE is CORRUPT, never the older version") {
  for (const bool deletes : {false, true}) {
    Machine machine;
    machine.set("key", "older");
    const std::uint64_t begin = machine.end();
    if (deletes) REQUIRE(machine.store->remove("key", lazy()));
    if (!deletes) machine.set("key", "newer");
    const std::uint64_t end = machine.end();
    machine.set("other", "value");
    const Image whole = machine.close();
    const std::string right = deletes ? "(nil)" : "newer";
    for (std::uint64_t bit = begin * 8; bit < end * 8; ++bit) {
      Machine after(flipped(whole, bit));
      const std::string value = after.get("key");
      CHECK((value == right || value == "(CORRUPT)"));
      CHECK(after.get("other") == "value");
    }
  }
}

TEST_CASE("a flipped bit in the header page costs nothing: each copy and each slot has a twin") {
  Machine machine;
  machine.set("key", "value");
  const Image whole = machine.close();
  for (std::uint64_t bit = 0; bit < 4 * kSector * 8; ++bit) {
    Machine after(flipped(whole, bit));
    CHECK(after.get("key") == "value");
    CHECK(after.store->open_report().cut_size == 0);
  }
}

namespace {

// A killed writer's file with a durable record, and one behind it that will be torn.
struct TornTail {
  TornTail() {
    before.set("first", "1");
    REQUIRE(before.store->sync());
    cut = before.end();
    before.set("pad", "aaaaaaaa");
  }
  Machine before;
  std::uint64_t cut = 0;  // where the durable part ends
};

}  // namespace

TEST_CASE("a stale record of a cut tail inside a chain is damage, however a reader gets to it") {
  // What a killed writer left, and what was written over it after its tail was cut.
  TornTail torn;
  Machine& before = torn.before;
  const std::uint64_t cut = torn.cut;
  const std::uint64_t begin = before.end();
  before.set("k", "OLDOLDOL");
  const std::uint64_t end = before.end();
  const Image old = before.image();
  Machine after(old.substr(0, cut + 20));
  REQUIRE(after.store->open_report().cut_size != 0);
  after.set("pad", "aaaaaaaa");
  REQUIRE(after.end() == begin);
  after.set("k", "NEWNEWNE");
  REQUIRE(after.end() == end);
  for (int i = 0; i < 70; ++i) REQUIRE(after.store->append("k", "+", lazy()));
  Image stale = after.close();
  std::copy_n(old.begin() + static_cast<std::ptrdiff_t>(begin), end - begin,
              stale.begin() + static_cast<std::ptrdiff_t>(begin));
  for (const bool read_only : {false, true}) {
    SimFiles files;
    files.put(kPath, stale);
    Options options;
    options.file_system = &files;
    options.read_only = read_only;
    const auto store = Store::open(kPath, options);
    REQUIRE(store);
    std::string value;
    const auto is_corrupt = [](const auto& found) {
      return !found && found.error().code == Code::kCorrupt;
    };
    CHECK(is_corrupt((*store)->get("k", &value)));
    CHECK(is_corrupt((*store)->read("k", 0, 4, &value)));
    CHECK(*(*store)->read("k", 10, 4, &value));
    CHECK(value == "++++");
    for (std::uint64_t seq = 3; seq < 10; ++seq) {
      At at;
      at.seq = seq;
      CHECK(is_corrupt((*store)->get("k", &value, at)));
    }
  }
}

TEST_CASE("without both slots nothing is torn: a bad value costs its key, no record behind it") {
  Machine machine;
  machine.set("k", "old");
  const std::uint64_t begin = machine.end();
  machine.set("x", "xxxxxxxx");
  machine.set("k", "new");
  machine.set("z", "1");
  Image image = flipped(machine.close(), (begin + 50) * 8);
  zero(&image, 2 * kSector, 2 * kSector);
  Machine after(image);
  CHECK(after.damaged());
  CHECK(after.store->open_report().cut_size == 0);
  CHECK(after.get("k") == "new");
  CHECK(after.get("z") == "1");
  CHECK(after.get("x") == "(CORRUPT)");
}

TEST_CASE("D is noted while a store is never idle") {
  Machine machine;
  const auto began = std::chrono::steady_clock::now();
  int i = 0;
  // One sync after another, for as long as the first slot may take.
  while (std::chrono::steady_clock::now() - began < std::chrono::milliseconds(400)) {
    REQUIRE(machine.store->set("k", number(++i)));
  }
  const Image image = machine.image();
  const auto* page = reinterpret_cast<const std::uint8_t*>(image.data());
  const auto header = log::read_header_page(page, image.size(), kPath);
  REQUIRE(header);
  CHECK(header->slot.durable_end > kPage);
}

TEST_CASE("slots that fell back to before a recovery are damage: nothing acknowledged is cut") {
  const TornTail torn;
  const std::uint64_t cut = torn.cut;
  const Image old = torn.before.image();
  Machine after(old.substr(0, cut + 20));
  after.set("k", "new");
  after.set("z", "1");
  Image stale = after.close();
  std::copy_n(old.begin() + 2 * kSector, 2 * kSector, stale.begin() + 2 * kSector);
  for (const bool bad_place : {false, true}) {
    if (bad_place) stale[cut + 30] = static_cast<char>(stale[cut + 30] ^ 1);
    Machine found(stale);
    CHECK(found.damaged());
    CHECK(found.store->open_report().cut_size == 0);
    CHECK(found.get("z") == "1");
    CHECK(found.get("k") == (bad_place ? "(CORRUPT)" : "new"));
    CHECK_FALSE(found.store->set("k", "again", lazy()));
  }
}

TEST_CASE("without a power loss a last record that was finished is damaged, not torn") {
  Machine machine;
  machine.set("k", "old");
  machine.set("other", "1");
  const std::uint64_t begin = machine.end();
  machine.set("k", "new");
  const Image whole = machine.image();
  std::vector<Image> damaged;  // any bit of its head, all of it, it and the end of the one before
  for (std::uint64_t bit = begin * 8; bit < (begin + 48) * 8; ++bit) {
    damaged.push_back(flipped(whole, bit));
  }
  for (const std::uint64_t from : {begin, begin - 8}) {
    damaged.push_back(whole.substr(0, from) + std::string(machine.end() - from, 'g') +
                      whole.substr(machine.end()));
  }
  for (const Image& image : damaged) {
    for (const bool read_only : {false, true}) {
      CAPTURE(read_only);
      const char* copy = "copy.bin";  // on the same machine, which was not started anew
      machine.files.put(copy, image);
      Options options;
      options.file_system = &machine.files;
      options.read_only = read_only;
      const auto store = Store::open(copy, options);
      REQUIRE(store);
      std::string value;
      const auto found = (*store)->get("k", &value);
      CHECK((!found && found.error().code == Code::kCorrupt));
      CHECK((*store)->open_report().cut_size == 0);
    }
  }
}

TEST_CASE("a write over a record that broke while it was open leaves history CORRUPT, not empty") {
  Machine machine;
  machine.set("k", "old");
  const std::uint64_t begin = machine.end();
  REQUIRE(machine.store->append("k", "+tail", lazy()));
  const std::uint64_t end = machine.end();
  machine.files.flip(kPath, begin + 20);
  REQUIRE(end > begin);
  CHECK(machine.get("k") == "(CORRUPT)");
  CHECK_FALSE(machine.store->count());
  machine.set("k", "new");
  CHECK(machine.get("k") == "new");
  std::string value;
  for (const std::uint64_t seq : {1, 2}) {
    At at;
    at.seq = seq;
    const auto found = machine.store->get("k", &value, at);
    CHECK((!found && found.error().code == Code::kCorrupt));
  }
  CHECK_FALSE(machine.store->count());
}
