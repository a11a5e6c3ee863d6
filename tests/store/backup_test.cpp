// Store::backup() and restore(): what is made is what was there, at any moment that is asked for;
// and what does not fit is refused, with nothing left behind.
#include "src/store/backup.h"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "src/base/cancel.h"
#include "src/log/file_builder.h"
#include "src/log/header_page.h"
#include "src/store/iterator.h"
#include "src/store/log_places.h"
#include "src/store/planted.h"
#include "src/store/store.h"
#include "tests/support/open_store.h"
#include "tests/support/store_fixture.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::at_seq;
using kvstore::testing::contents;
using kvstore::testing::get;
using kvstore::testing::name_of;
using kvstore::testing::open_store;
using kvstore::testing::SimFiles;

namespace {

constexpr const char* kPath = "a.bin";  // open_store()'s
using Content = std::map<std::string, std::string>;

struct World {
  SimFiles files;
  std::unique_ptr<Store> store = open_store(files);
  std::mt19937_64 random;
  explicit World(std::uint64_t seed = 1) : random(seed) {}

  void write(int count = 1) {
    for (int i = 0; i < count; ++i) write_one();
  }
  void write_one() {
    const std::string key = "key" + std::to_string(random() % 30);
    const std::string value(random() % 9 == 0 ? 5000 : random() % 60,
                            static_cast<char>('a' + random() % 26));
    switch (random() % 8) {
      case 0:
        REQUIRE(store->remove(key));
        break;
      case 1: {
        Batch batch;
        batch.set(key, value);
        batch.append("log", value);
        REQUIRE(store->apply(batch));
        break;
      }
      case 2:
      case 3:
        REQUIRE(store->set(key, value));
        break;
      case 4:
        REQUIRE(store->update([&](Update& update) -> Status {
          KV_TRY(update.copy(key, "copy" + std::to_string(random() % 3)));
          return {};
        }));
        break;
      default:
        REQUIRE(store->append(key, value));
    }
  }
  std::uint64_t seq() { return store->stats().last_seq; }
  void compact(std::uint64_t kept) {
    REQUIRE(store->compact({.keep = {std::nullopt, kept, false}}));
  }
  Result<BackupReport> backup(const std::string& out, const BackupOptions& options = {}) {
    return store->backup(out, options);
  }
  Result<RestoreReport> restore(const std::string& out, const std::string& backup,
                                const std::vector<std::string>& increments = {},
                                const At& until = {}) {
    RestoreOptions options;
    options.backup = backup;
    options.increments = increments;
    options.until = until;
    options.file_system = &files;
    return kvstore::restore(out, options);
  }
  std::unique_ptr<Store> open(const std::string& path) {
    Options options;
    options.file_system = &files;
    return open_store(path, options);
  }
  // Of a file that is about to be made again.
  std::size_t files_now() const { return files.paths().size(); }
};

BackupOptions since(std::uint64_t seq) {
  BackupOptions options;
  options.since_seq = seq;
  return options;
}
BackupOptions since(const std::string& file) {
  BackupOptions options;
  options.since_file = file;
  return options;
}

template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "done" : name_of(result.error());
}

}  // namespace

TEST_CASE("a backup is a database that has what the store had, and goes on by itself") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    World world(seed);
    world.write(100);
    if (seed % 2 == 0) REQUIRE(world.store->checkpoint());
    if (seed % 3 == 0) world.compact(seed % 4 == 0 ? 0 : 40);
    world.write(60);
    const Content then = contents(*world.store);
    const std::uint64_t seq = world.seq();
    const auto report = world.backup("copy.bin");
    REQUIRE(code_of(report) == "done");
    CHECK(report->seq == seq);
    CHECK(report->size == world.files.memory("copy.bin").size());
    world.write(20);
    const auto copy = world.open("copy.bin");
    CHECK(copy->open_report().how == OpenReport::How::kClean);
    CHECK(copy->stats().last_seq == seq);
    CHECK(copy->stats().index_damaged == 0);
    CHECK(contents(*copy) == then);
    for (std::uint64_t at = seq - 30; at <= seq; ++at) {
      CHECK(contents(*copy, at_seq(at)) == contents(*world.store, at_seq(at)));
    }
    REQUIRE(copy->set("key1", "of the copy"));
    CHECK(get(*copy, "key1") == "of the copy");
    CHECK(copy->stats().epoch == world.store->stats().epoch + 1);
  }
}

TEST_CASE("a backup and its increments are the store again, at each version that they have") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    World world(seed);
    world.write(80);
    if (seed % 2 == 0) REQUIRE(world.store->checkpoint());
    REQUIRE(world.backup("full"));
    const std::uint64_t full = world.seq();
    std::map<std::uint64_t, Content> then;
    for (std::uint64_t seq = full - 20; seq <= full; ++seq)
      then[seq] = contents(*world.store, at_seq(seq));
    std::vector<std::string> increments;
    std::string last = "full";
    for (int i = 0; i < 3; ++i) {
      for (int n = 0; n < 25; ++n) {
        world.write();
        then[world.seq()] = contents(*world.store);
      }
      if (seed % 3 == 0) world.compact(25);
      if (seed % 4 == 1) REQUIRE(world.store->checkpoint());
      increments.push_back("increment" + std::to_string(i));
      const bool by_file = (seed + static_cast<std::uint64_t>(i)) % 2 == 0;
      const auto info = backup_info(last, &world.files);
      REQUIRE(info);
      const auto made = world.backup(increments.back(), by_file ? since(last) : since(info->seq));
      REQUIRE(code_of(made) == "done");
      CHECK(made->is_increment);
      CHECK(made->since_seq == info->seq);
      last = increments.back();
    }
    const std::uint64_t seq = world.seq();
    const auto report = world.restore("whole", "full", increments);
    REQUIRE(code_of(report) == "done");
    CHECK(report->seq == seq);
    CHECK(report->keys == contents(*world.store).size());
    for (const auto& [at, content] : then) {
      if (at % 4 != 0 && at != seq) continue;
      CAPTURE(at);
      CHECK(contents(*world.open("whole"), at_seq(at)) == content);
      const std::string out = "until" + std::to_string(at);
      const auto until = world.restore(out, "full", increments, at_seq(at));
      REQUIRE(code_of(until) == "done");
      CHECK(until->seq == at);
      const auto restored = world.open(out);
      CHECK(restored->open_report().how == OpenReport::How::kClean);
      CHECK(contents(*restored) == content);
      CHECK(restored->stats().index_damaged == 0);
      REQUIRE(restored->append("log", "more"));
    }
  }
}

TEST_CASE("a restore until a time is the store AT that time, also where the clock stepped back") {
  World world;
  log::OneKeyAtATime keys;
  constexpr std::uint64_t kSecond = 1'000'000, kStart = 1'700'000'000 * kSecond;
  {
    auto made = log::FileBuilder::create(world.files, "timed", log::random_id(), {}, &keys);
    REQUIRE(made);
    std::uint64_t seq = 0;
    for (const std::uint64_t time : {10, 20, 30, 40, 15, 25, 50, 60}) {
      log::NewRecord record;
      record.kind = seq == 0 ? log::Kind::kSet : log::Kind::kAppend;
      record.starts = seq == 0;
      record.key = "key";
      record.value = "x";
      REQUIRE((*made)->add(record, ++seq, kStart + time * kSecond));
    }
    REQUIRE((*made)->close());
    REQUIRE((*made)->publish((*made)->temporary_path()));
  }
  const auto timed = world.open("timed");
  REQUIRE(world.restore("early", "timed", {}, at_seq(4)));
  REQUIRE(timed->backup("rest", since(4)));
  for (std::uint64_t second = 10; second <= 65; ++second) {
    CAPTURE(second);
    const At at{.seq = {}, .time_us = kStart + second * kSecond};
    const std::string name = "at" + std::to_string(second);
    REQUIRE(code_of(world.restore(name + "a", "timed", {}, at)) == "done");
    REQUIRE(code_of(world.restore(name + "b", "early", {"rest"}, at)) == "done");
    CHECK(get(*world.open(name + "a"), "key") == get(*timed, "key", at));
    CHECK(get(*world.open(name + "b"), "key") == get(*timed, "key", at));
  }
  const At before{.seq = {}, .time_us = kStart};
  CHECK(code_of(world.restore("before", "timed", {}, before)) == "error NUMBER");
}

TEST_CASE("an increment is refused where a delete may be forgotten, and a backup is not") {
  World world;
  REQUIRE(world.store->set("gone", "1"));
  REQUIRE(world.backup("full"));
  const std::uint64_t before = world.seq();
  REQUIRE(world.store->remove("gone"));
  REQUIRE(world.store->set("other", "1"));
  world.compact(0);
  const std::size_t files = world.files_now();
  const auto by_seq = world.backup("increment", since(before));
  CHECK(code_of(by_seq) == "error PURGED");
  CHECK(code_of(world.backup("increment", since("full"))) == "error PURGED");
  CHECK(world.files_now() == files);
  REQUIRE(world.backup("full2"));
  REQUIRE(world.store->set("other", "2"));
  CHECK(code_of(world.backup("increment", since("full2"))) == "done");
  REQUIRE(world.restore("restored", "full2", {"increment"}));
  CHECK(contents(*world.open("restored")) == Content{{"other", "2"}});
  // A point before what is kept.
  CHECK(code_of(world.restore("x", "full2", {}, at_seq(1))) == "error PURGED");
}

TEST_CASE("what does not fit is refused by name, and nothing is left behind") {
  World world;
  world.write(50);
  REQUIRE(world.backup("full"));
  world.write(20);
  REQUIRE(world.backup("one", since("full")));
  world.write(20);
  REQUIRE(world.backup("two", since("one")));
  const std::uint64_t seq = world.seq();
  auto other = world.open("other.bin");
  REQUIRE(other->set("a", "1"));
  REQUIRE(other->backup("foreign", {}));
  REQUIRE(other->set("a", "2"));
  REQUIRE(other->backup("foreign1", since("foreign")));
  REQUIRE(world.restore("twin", "full", {}));
  {
    // It goes another way, to a version of the same number.
    auto twin = world.open("twin");
    for (int i = 0; twin->stats().last_seq < seq; ++i) {
      REQUIRE(twin->set("twin", std::to_string(i)));
    }
    REQUIRE(twin->backup("of twin", since("full")));
    REQUIRE(twin->backup("whole twin", {}));
    REQUIRE(twin->set("twin", "more"));
    REQUIRE(twin->backup("of twin2", since("of twin")));
  }
  const std::size_t files = world.files_now();
  CHECK(code_of(world.backup("full")) == "error EXISTS");
  CHECK(code_of(world.backup(kPath)) == "error EXISTS");
  CHECK(code_of(world.backup("x", since("foreign"))) == "error CONFLICT");
  CHECK(code_of(world.backup("x", since("whole twin"))) == "error CONFLICT");
  CHECK(code_of(world.backup("x", since("of twin2"))) == "error CONFLICT");
  CHECK(code_of(world.backup("x", since(seq + 1))) == "error NUMBER");
  CHECK(code_of(world.backup("x", since("nothing"))) == "error NOTFOUND");
  CHECK(code_of(world.restore("full", "full")) == "error EXISTS");
  CHECK(code_of(world.restore("x", "one")) == "error FORMAT");
  CHECK(code_of(world.restore("x", "full", {"full"})) == "error FORMAT");
  CHECK(code_of(world.restore("x", "full", {"two"})) == "error CONFLICT");
  CHECK(code_of(world.restore("x", "full", {"two", "one"})) == "error CONFLICT");
  CHECK(code_of(world.restore("x", "full", {"one", "one"})) == "error CONFLICT");
  CHECK(code_of(world.restore("x", "full", {"foreign1"})) == "error CONFLICT");
  CHECK(code_of(world.restore("x", "whole twin", {"of twin2", "one"})) == "error CONFLICT");
  CHECK(code_of(world.restore("x", "full", {"one"}, at_seq(seq))) == "error NUMBER");
  CHECK(code_of(world.restore("x", "nothing")) == "error NOTFOUND");
  CHECK(world.files_now() == files);
  Options options;
  options.file_system = &world.files;
  const auto opened = Store::open("one", options);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Code::kFormat);
  CHECK(opened.error().message.find("increment") != std::string::npos);
}

// Both end with the same version and go different ways before it, so only the hash tells.
TEST_CASE("an increment proves that it continues the copy that it is put onto") {
  const auto try_it = [] {
    World world;
    world.write(40);
    REQUIRE(world.backup("full"));
    REQUIRE(world.restore("twin", "full"));
    {
      auto twin = world.open("twin");
      REQUIRE(twin->set("key", "of the twin"));
      REQUIRE(twin->backup("whole twin", {}));
    }
    REQUIRE(world.store->set("key", "of the store"));
    REQUIRE(world.backup("one", since("full")));
    const std::uint64_t seq = world.seq();
    world.write(10);
    REQUIRE(world.backup("two", since(seq)));
    CHECK(code_of(world.restore("good", "full", {"one", "two"})) == "done");
    return code_of(world.restore("bad", "whole twin", {"two"}));
  };
  CHECK(try_it() == "error CONFLICT");
  planted::unproven_increment = true;
  CHECK(try_it() == "done");
  planted::unproven_increment = false;
}

TEST_CASE("an increment that lacks its last version gets no name") {
  World world;
  world.write(40);
  REQUIRE(world.backup("full"));
  world.write(10);
  planted::short_increment = true;
  CHECK(code_of(world.backup("one", since("full"))) == "error IO");
  planted::short_increment = false;
  CHECK(world.files.paths() == std::vector<std::string>{kPath, "full"});
}

TEST_CASE("a damaged store is not backed up, unless that is asked for") {
  World world;
  world.write(100);
  REQUIRE(world.store->set("victim", std::string(5000, 'V')));
  world.write(20);
  const std::string image = world.files.memory(kPath);
  world.files.flip(kPath, image.find(std::string(2000, 'V')) + 1000);
  const std::size_t files = world.files_now();
  const auto refused = world.backup("copy");
  CHECK(code_of(refused) == "error DAMAGED");
  CHECK(refused.error().message.find("victim") != std::string::npos);
  CHECK(world.files_now() == files);
  BackupOptions damaged;
  damaged.damaged = true;
  const auto taken = world.backup("copy", damaged);
  REQUIRE(code_of(taken) == "done");
  CHECK(taken->damaged_places == 1);
  CHECK(get(*world.open("copy"), "victim") == "error CORRUPT");
  CHECK(code_of(world.restore("x", "copy")) == "error DAMAGED");
}

TEST_CASE("damage of a base's last record is the store's, not the copy's") {
  World world;
  for (const char* key : {"a", "b", "c"}) REQUIRE(world.store->set(key, "old"));
  world.compact(0);
  const std::string image = world.files.memory(kPath);
  world.files.flip(kPath, image.rfind("cold") - log::kRecordHeaderSize + 8);
  CHECK(code_of(world.backup("copy")) == "error DAMAGED");
  BackupOptions damaged;
  damaged.damaged = true;
  const auto taken = world.backup("copy", damaged);
  REQUIRE(code_of(taken) == "done");
  CHECK(taken->damaged_places == 1);
  auto copy = world.open("copy");
  CHECK(get(*copy, "b") == "old");
  CHECK(get(*copy, "c") == "error CORRUPT");
}

// Where its EXTENTs and its newest CHECKPOINT begin.
std::vector<std::uint64_t> derived_heads(const std::string& image) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(image.data());
  const auto page = log::read_header_page(data, image.size(), kPath);
  REQUIRE(page);
  const log::Binding binding(page->header.file_id);
  const log::View view{data, image.size(), &binding};
  const auto checkpoint = checkpoint_at(view, page->slot.checkpoint);
  REQUIRE(checkpoint);
  std::vector<std::uint64_t> heads = {page->slot.checkpoint};
  for (const auto& run : checkpoint->runs) {
    for (const auto& segment : run.segments) heads.push_back(segment.extent);
  }
  return heads;
}

// It has what its source has, takes writes, and can be restored.
void check_backup(World& world, const Content& content) {
  REQUIRE(code_of(world.backup("copy")) == "done");
  {
    auto copy = world.open("copy");
    CHECK(contents(*copy) == content);
    CHECK(copy->set("new", "x"));
    REQUIRE(copy->close());
  }
  CHECK(contents(*world.open("copy")).size() == content.size() + 1);
  CHECK(code_of(world.restore("restored", "copy")) == "done");
  world.files.remove("copy");
  world.files.remove("restored");
}

TEST_CASE("a backup of a file whose index alone is damaged opens as the file does") {
  for (const bool is_compacted : {false, true}) {
    World world;
    for (const char* key : {"a", "b", "c"}) REQUIRE(world.store->set(key, "old"));
    if (is_compacted) {
      world.compact(0);
    } else {
      REQUIRE(world.store->checkpoint());
    }
    REQUIRE(world.store->append("b", ", and new"));
    REQUIRE(world.store->set("c", "late"));
    const Content content = contents(*world.store);
    REQUIRE(world.store->close());
    const std::string image = world.files.memory(kPath);
    for (const std::uint64_t head : derived_heads(image)) {
      for (std::uint64_t at = head; at < head + log::kRecordHeaderSize; ++at) {
        CAPTURE(at);
        world.store.reset();
        world.files.put(kPath, image);
        world.files.flip(kPath, at);
        world.store = open_store(world.files);
        REQUIRE(contents(*world.store) == content);
        check_backup(world, content);
      }
    }
  }
}

TEST_CASE("increments, restores up to a version and compactions pass over a damaged index") {
  World world;
  for (const char* key : {"a", "b", "c"}) REQUIRE(world.store->set(key, "old"));
  REQUIRE(world.backup("full"));
  REQUIRE(world.store->set("b", "first"));
  REQUIRE(world.store->checkpoint());
  REQUIRE(world.store->append("b", ", and new"));
  REQUIRE(world.store->set("c", "late"));
  const Content content = contents(*world.store);
  REQUIRE(world.store->close());
  const std::string image = world.files.memory(kPath);
  for (const std::uint64_t head : derived_heads(image)) {
    CAPTURE(head);
    world.store.reset();
    world.files.put(kPath, image);
    world.files.flip(kPath, head + 20);
    world.store = open_store(world.files);
    CHECK(code_of(world.backup("inc", since("full"))) == "done");
    CHECK(code_of(world.restore("restored", "full", {"inc"})) == "done");
    CHECK(contents(*world.open("restored")) == content);
    CHECK(code_of(world.backup("copy")) == "done");
    CHECK(code_of(world.restore("earlier", "copy", {}, at_seq(5))) == "done");
    CHECK(contents(*world.open("earlier")).at("b") == "first, and new");
    world.compact(1);
    CHECK(contents(*world.store) == content);
    CHECK(world.store->close());
    for (const char* file : {"inc", "restored", "copy", "earlier"}) world.files.remove(file);
  }
}

TEST_CASE("a full disk, and one who gives up, leave nothing") {
  World world;
  world.write(300);
  REQUIRE(world.backup("full"));
  world.write(100);
  REQUIRE(world.backup("one", since("full")));
  const std::size_t files = world.files_now();
  const std::uint64_t capacity = world.files.capacity;
  for (const std::uint64_t size : {4096, 5000, 9000}) {
    world.files.capacity = size;
    CHECK(code_of(world.backup("x")) == "error FULL");
    CHECK(code_of(world.backup("x", since("full"))) == "error FULL");
    CHECK(code_of(world.restore("x", "full", {"one"})) == "error FULL");
    world.files.capacity = capacity;
    CHECK(world.files_now() == files);
  }
  const CancelScope scope([] { return true; });
  CHECK(code_of(world.backup("x")) == "error SKIPPED");
  CHECK(code_of(world.backup("x", since("full"))) == "error SKIPPED");
  CHECK(code_of(world.restore("x", "full", {"one"})) == "error SKIPPED");
  CHECK(world.files_now() == files);
}

TEST_CASE("an empty store, and an increment of nothing, are copied, too") {
  World world;
  CHECK(code_of(world.backup("x")) == "error NOTFOUND");
  REQUIRE(world.store->set("a", "1"));
  REQUIRE(world.backup("full"));
  REQUIRE(world.backup("nothing", since("full")));
  REQUIRE(world.backup("all", since(0)));
  REQUIRE(world.backup("nothing more", since("nothing")));
  REQUIRE(world.restore("restored", "full", {"nothing", "nothing more"}));
  CHECK(contents(*world.open("restored")) == Content{{"a", "1"}});
  REQUIRE(world.restore("empty", "full", {}, at_seq(0)));
  CHECK(contents(*world.open("empty")).empty());
  REQUIRE(world.restore("again", "empty", {"all"}));
  CHECK(contents(*world.open("again")) == Content{{"a", "1"}});
}

TEST_CASE("expiries, and appends to what expired, are the same after a restore") {
  World world;
  REQUIRE(world.store->set("a", "old", {.expires_at_ms = 2}));  // long ago
  REQUIRE(world.store->set("later", "1", {.expires_at_ms = 9'000'000'000'000}));
  REQUIRE(world.backup("full"));
  REQUIRE(world.store->append("a", "new"));
  REQUIRE(world.store->append("later", "2"));
  REQUIRE(world.backup("one", since("full")));
  REQUIRE(world.restore("restored", "full", {"one"}));
  const auto restored = world.open("restored");
  CHECK(contents(*restored) == Content{{"a", "new"}, {"later", "12"}});
  CHECK(restored->stat("later").value()->expires_at_ms == 9'000'000'000'000);
}

// tests/golden/v1: what the first version wrote is put together for ever.
TEST_CASE("the golden backup and its increment are restored") {
  const std::string golden = std::string(KVSTORE_SOURCE_DIR) + "/tests/golden/v1/";
  const kvstore::testing::QuickDir directory;
  RestoreOptions options;
  options.backup = golden + "backup.kvs";
  options.increments = {golden + "increment.inc"};
  const auto report = restore(directory / "whole", options);
  REQUIRE(code_of(report) == "done");
  CHECK(report->seq == 6);
  const auto store = open_store(directory / "whole");
  CHECK(contents(*store) == Content{{"ant", "12"}, {"cat", "4"}, {"dog", "5"}});
  CHECK(store->stat("cat").value()->expires_at_ms == 9'000'000'000'000);
}
