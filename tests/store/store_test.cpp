#include "src/store/store.h"

#include <chrono>
#include <fstream>
#include <random>
#include <thread>

#include <doctest/doctest.h>

#include "src/base/clock.h"
#include "tests/support/model.h"
#include "tests/support/open_store.h"
#include "tests/support/sim_files.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::Model;
using kvstore::testing::SimFiles;
using kvstore::testing::TempDir;
using kvstore::testing::get;
using kvstore::testing::open_store;

namespace {

std::string slice(Store& store, std::string_view key, std::int64_t offset, std::uint64_t length) {
  std::string value;
  const auto found = store.read(key, offset, length, &value);
  if (!found) return "error " + std::string(code_name(found.error().code));
  return *found ? value : "(nil)";
}

Options on(SimFiles& files) {
  Options options;
  options.file_system = &files;
  return options;
}

}  // namespace

TEST_CASE("a value that was set is read back, also after closing and opening") {
  TempDir dir;
  {
    auto store = open_store(dir / "a.bin");
    CHECK(store->open_report().how == OpenReport::How::kAbsent);
    REQUIRE(store->set("greeting", "hello"));
    CHECK(get(*store, "greeting") == "hello");
    CHECK(store->open_report().how == OpenReport::How::kCreated);
  }
  auto store = open_store(dir / "a.bin");
  CHECK(store->open_report().how == OpenReport::How::kClean);
  CHECK(get(*store, "greeting") == "hello");
  CHECK(get(*store, "other") == "(nil)");
}

TEST_CASE("only a write creates the file") {
  TempDir dir;
  const std::string path = dir / "a.bin";
  auto store = open_store(path);
  CHECK(get(*store, "a") == "(nil)");
  CHECK(store->remove("a")->existed == false);
  CHECK_FALSE(std::filesystem::exists(path));
  REQUIRE(store->append("a", ""));
  CHECK(std::filesystem::exists(path));
  CHECK(get(*store, "a").empty());
}

TEST_CASE("a file of no bytes is a new database and keeps its mode") {
  TempDir dir;
  const std::string path = dir / "a.bin";
  { std::ofstream touch(path); }
  std::filesystem::permissions(path, std::filesystem::perms::owner_read |
                                         std::filesystem::perms::owner_write);
  auto store = open_store(path);
  REQUIRE(store->set("a", "1"));
  CHECK(get(*store, "a") == "1");
  CHECK((std::filesystem::status(path).permissions() & std::filesystem::perms::all) ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("what is no database is refused with its own reason and not touched") {
  TempDir dir;
  CHECK(Store::open(dir / "no/such/directory/a.bin").error().code == Code::kNotFound);
  CHECK(Store::open(dir / ".").error().code == Code::kFormat);
  CHECK(Store::open("/dev/null").error().code == Code::kFormat);
  for (const std::size_t size : {1u, 48u, 4095u, 4096u, 9000u}) {
    const std::string path = dir / "foreign";
    std::ofstream(path) << std::string(size, 'x');
    CHECK(Store::open(path).error().code == Code::kFormat);
    CHECK(std::filesystem::file_size(path) == size);
    std::ofstream(path) << std::string(size, '\0');
    CHECK(Store::open(path).error().code == Code::kFormat);
  }
}

TEST_CASE("keys and values of any bytes and of no bytes are legal") {
  TempDir dir;
  const std::string binary("\0\r\n\xff \"'", 7);
  {
    auto store = open_store(dir / "a.bin");
    REQUIRE(store->set("", "empty key"));
    REQUIRE(store->set(binary, binary));
    REQUIRE(store->set("empty value", ""));
    REQUIRE(store->set(std::string(kMaxKeySize, 'k'), "long"));
    CHECK(store->set(std::string(kMaxKeySize + 1, 'k'), "x").error().code == Code::kTooBig);
  }
  auto store = open_store(dir / "a.bin");
  CHECK(get(*store, "") == "empty key");
  CHECK(get(*store, binary) == binary);
  CHECK(get(*store, "empty value").empty());
  CHECK(get(*store, std::string(kMaxKeySize, 'k')) == "long");
  CHECK(*store->count() == 4);
}

TEST_CASE("append creates, grows, and answers the new length") {
  TempDir dir;
  auto store = open_store(dir / "a.bin");
  CHECK(store->append("log", "ab")->total == 2);
  CHECK(store->append("log", "cde")->total == 5);
  CHECK(get(*store, "log") == "abcde");
  CHECK(store->set("log", "x")->total == 1);
  CHECK(store->append("log", "y")->total == 2);
  REQUIRE(store->remove("log"));
  CHECK(store->append("log", "z")->total == 1);
  CHECK(get(*store, "log") == "z");
}

TEST_CASE("read counts negative offsets from the end and gives what there is") {
  TempDir dir;
  auto store = open_store(dir / "a.bin");
  CHECK(slice(*store, "k", 0, 5) == "(nil)");
  REQUIRE(store->append("k", "hello "));
  REQUIRE(store->append("k", "world"));
  CHECK(slice(*store, "k", 0, 5) == "hello");
  CHECK(slice(*store, "k", 4, 4) == "o wo");
  CHECK(slice(*store, "k", -5, 100) == "world");
  CHECK(slice(*store, "k", -100, 3) == "hel");
  CHECK(slice(*store, "k", INT64_MIN, 3) == "hel");
  CHECK(slice(*store, "k", 11, 1).empty());
  CHECK(slice(*store, "k", INT64_MAX, UINT64_MAX).empty());
  CHECK(slice(*store, "k", 3, 0).empty());
}

TEST_CASE("an expired key is missing, and a value that follows it starts anew") {
  TempDir dir;
  auto store = open_store(dir / "a.bin");
  WriteOptions later, past;
  later.expires_at_ms = now_ms() + 3'600'000;
  past.expires_at_ms = now_ms() - 1;
  REQUIRE(store->set("k", "old", later));
  REQUIRE(store->set("stays", "1"));
  CHECK(get(*store, "k") == "old");
  CHECK(store->append("k", "er")->total == 5);
  CHECK(store->stat("k")->value().expires_at_ms == later.expires_at_ms);
  REQUIRE(store->set("k", "old", past));
  CHECK(get(*store, "k") == "(nil)");
  CHECK(*store->count() == 1);
  CHECK(store->append("k", "new")->total == 3);
  CHECK(get(*store, "k") == "new");
  CHECK(*store->count() == 2);
}

TEST_CASE("create only if absent") {
  TempDir dir;
  auto store = open_store(dir / "a.bin");
  WriteOptions create;
  create.only_if_absent = true;
  REQUIRE(store->set("k", "1", create));
  CHECK(store->set("k", "2", create).error().code == Code::kExists);
  REQUIRE(store->remove("k"));
  REQUIRE(store->set("k", "3", create));
  CHECK(get(*store, "k") == "3");
}

TEST_CASE("a batch is one version, folded by key") {
  TempDir dir;
  auto store = open_store(dir / "a.bin");
  REQUIRE(store->set("gone", "x"));
  REQUIRE(store->append("log", "1"));
  Batch batch;
  batch.set("a", "1");
  batch.append("a", "2");
  batch.remove("gone");
  batch.append("log", "2");
  batch.append("log", "3");
  batch.set("b", "x");
  batch.remove("b");
  CHECK(*store->apply(batch) == 2);
  CHECK(get(*store, "a") == "12");
  CHECK(get(*store, "gone") == "(nil)");
  CHECK(get(*store, "log") == "123");
  CHECK(get(*store, "b") == "(nil)");
  CHECK(store->stat("a")->value().seq == store->stat("log")->value().seq);
  store.reset();
  store = open_store(dir / "a.bin");
  CHECK(get(*store, "log") == "123");
  CHECK(*store->count() == 2);
}

TEST_CASE("scan gives keys in byte order, by prefix and in pages") {
  TempDir dir;
  auto store = open_store(dir / "a.bin");
  for (int i = 0; i < 300; ++i) REQUIRE(store->set("key" + std::to_string(i), "v"));
  REQUIRE(store->remove("key7"));
  std::vector<std::string> keys;
  const auto collect = [&](std::string_view key) {
    keys.emplace_back(key);
    return true;
  };
  REQUIRE(store->scan("key1", std::nullopt, UINT64_MAX, collect));
  CHECK(keys.size() == 111);
  CHECK(std::is_sorted(keys.begin(), keys.end()));
  keys.clear();
  REQUIRE(store->scan("", std::nullopt, 10, collect));
  REQUIRE(store->scan("", keys.back(), 10, collect));
  CHECK(keys.size() == 20);
  CHECK(std::is_sorted(keys.begin(), keys.end()));
  std::map<std::string, int> seen;
  std::uint64_t cursor = 0;
  do {
    // The table grows in between; no key is lost or seen twice.
    const auto next = store->scan_step(cursor, 7, [&](std::string_view key) { ++seen[std::string(key)]; });
    REQUIRE(next);
    cursor = *next;
    if (seen.size() < 100) {
      for (int i = 0; i < 50; ++i) {
        REQUIRE(store->set("new" + std::to_string(seen.size()) + "." + std::to_string(i), ""));
      }
    }
  } while (cursor != 0);
  for (int i = 0; i < 300; ++i) CHECK(seen["key" + std::to_string(i)] == (i == 7 ? 0 : 1));
}

TEST_CASE("random writes and reads agree with the model, at every version, after each reopening") {
  std::mt19937_64 random(20261121);
  for (int round = 0; round < 6; ++round) {
    CAPTURE(round);
    SimFiles files;
    Model model;
    std::uint64_t last_seq = 0;
    auto store = open_store("a.bin", on(files));
    const int key_count = 1 + static_cast<int>(random() % 4);
    // Rounds differ in how long chains get: deletions and sets cut them.
    const int cut_every = round % 2 ? 400 : 40;
    for (int step = 0; step < 4000; ++step) {
      const std::string key = "k" + std::to_string(random() % static_cast<unsigned>(key_count));
      std::string bytes(random() % 20 == 0 ? random() % 10000 : random() % 60, '\0');
      for (char& byte : bytes) byte = static_cast<char>(random());
      const auto old = model.now(key);
      WriteOptions lazy;
      lazy.wait = false;
      if (random() % static_cast<unsigned>(cut_every) == 0) {
        const bool remove = random() % 2 == 0;
        const auto written = remove ? store->remove(key, lazy) : store->set(key, bytes, lazy);
        REQUIRE(written);
        CHECK(written->existed == old.has_value());
        if (!remove) model.set(key, last_seq = written->seq, bytes);
        if (remove && old) model.set(key, last_seq = written->seq, std::nullopt);
      } else {
        const auto written = store->append(key, bytes, lazy);
        REQUIRE(written);
        model.set(key, last_seq = written->seq, old.value_or("") + bytes);
        REQUIRE(written->total == model.now(key)->size());
      }
      if (step % 1000 == 999) {
        store.reset();
        store = open_store("a.bin", on(files));
        REQUIRE(store->open_report().how == OpenReport::How::kClean);
      }
      if (step % 50 != 0) continue;
      const auto expected = model.now(key);
      REQUIRE(get(*store, key) == expected.value_or("(nil)"));
      if (expected && !expected->empty()) {
        const std::size_t begin = random() % expected->size();
        const std::size_t length = random() % 500;
        REQUIRE(slice(*store, key, static_cast<std::int64_t>(begin), length) ==
                expected->substr(begin, length));
      }
      At at;
      at.seq = random() % (last_seq + 1);
      REQUIRE(get(*store, key, at) == model.at(key, *at.seq).value_or("(nil)"));
    }
  }
}

TEST_CASE("history lists a key's versions, newest first, and reads as of a time answer") {
  TempDir dir;
  auto store = open_store(dir / "a.bin");
  std::vector<std::uint64_t> times;
  for (int i = 0; i < 100; ++i) {
    REQUIRE(store->set("k", std::to_string(i)));
    times.push_back(store->stat("k")->value().time_us);
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
  REQUIRE(store->remove("k"));
  std::vector<Version> versions;
  REQUIRE(store->history("k", UINT64_MAX, [&](const Version& version) {
    versions.push_back(version);
    return true;
  }));
  REQUIRE(versions.size() == 101);
  CHECK(versions[0].kind == Version::Kind::kDelete);
  CHECK(versions[1].kind == Version::Kind::kSet);
  for (std::size_t i = 1; i < versions.size(); ++i) CHECK(versions[i].seq < versions[i - 1].seq);
  for (std::size_t i = 0; i < 100; ++i) {
    At at;
    at.time_us = times[i];
    CHECK(get(*store, "k", at) == std::to_string(i));
  }
  At before;
  before.time_us = times[0] - 1;
  CHECK(get(*store, "k", before) == "(nil)");
}

TEST_CASE("a full disk is a clean error, reads go on, and writes heal when there is room") {
  SimFiles files;
  auto store = open_store("a.bin", on(files));
  REQUIRE(store->set("first", "1"));
  files.capacity = files.memory("a.bin").size();
  std::uint64_t written = 0;
  Code code = Code::kUsage;
  while (written < 100'000) {
    const auto result = store->set("k" + std::to_string(written), std::string(1000, 'x'));
    if (!result) {
      code = result.error().code;
      break;
    }
    ++written;
  }
  CHECK(code == Code::kFull);
  CHECK(written > 0);
  CHECK(get(*store, "first") == "1");
  CHECK(get(*store, "k" + std::to_string(written - 1)) == std::string(1000, 'x'));
  CHECK(get(*store, "k" + std::to_string(written)) == "(nil)");
  files.capacity = UINT64_MAX;
  REQUIRE(store->set("healed", "yes"));
  store.reset();
  store = open_store("a.bin", on(files));
  CHECK(get(*store, "healed") == "yes");
  CHECK(*store->count() == written + 2);
}

TEST_CASE("after a failed sync every waiter gets the error, writes stop, reads go on") {
  SimFiles files;
  auto store = open_store("a.bin", on(files));
  REQUIRE(store->set("safe", "1"));
  files.on_sync = [] { return Status(fail(Code::kIo, "cannot sync a.bin: Input/output error")); };
  CHECK(store->set("lost", "1").error().code == Code::kIo);
  files.on_sync = nullptr;
  const auto refused = store->set("later", "1");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::kFailed);
  CHECK(store->sync().error().code == Code::kIo);
  CHECK(get(*store, "safe") == "1");
  const auto told = store->stats().writes_refused;
  REQUIRE(told);
  CHECK(told->code == Code::kFailed);
  CHECK_FALSE(store->close());
}

TEST_CASE("reads are answered while a sync is held up") {
  SimFiles files;
  auto store = open_store("a.bin", on(files));
  for (int i = 0; i < 1000; ++i) {
    WriteOptions lazy;
    lazy.wait = false;
    REQUIRE(store->set("k" + std::to_string(i), "value", lazy));
  }
  REQUIRE(store->commit());
  std::atomic<bool> held{false}, release{false};
  files.on_sync = [&] {
    held = true;
    while (!release) std::this_thread::yield();
    return Status{};
  };
  std::thread writer([&] { CHECK(store->set("slow", "1")); });
  while (!held) std::this_thread::yield();
  // The sync ends only after these reads: had they to wait for it, this would hang.
  int answered = 0;
  for (int i = 0; i < 1000; ++i) answered += get(*store, "k" + std::to_string(i)) == "value";
  CHECK(answered == 1000);
  CHECK(get(*store, "slow") == "1");  // visible before it is durable
  // And so is a write, up to its own acknowledgement.
  WriteOptions lazy;
  lazy.wait = false;
  CHECK(store->set("beside", "1", lazy));
  CHECK(get(*store, "beside") == "1");
  release = true;
  writer.join();
  files.on_sync = nullptr;
}

TEST_CASE("threads that wait share syncs") {
  SimFiles files;
  auto store = open_store("a.bin", on(files));
  REQUIRE(store->set("k", "v"));
  files.on_sync = [] {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return Status{};
  };
  const std::uint64_t before = files.syncs;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&store, t] {
      for (int i = 0; i < 20; ++i) {
        CHECK(store->set("t" + std::to_string(t) + "." + std::to_string(i), "v"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(files.syncs - before < 160);
  files.on_sync = nullptr;
  CHECK(*store->count() == 161);
}

TEST_CASE("a second writer is refused, a reader is not and sees new records") {
  TempDir dir;
  auto writer = open_store(dir / "a.bin");
  REQUIRE(writer->set("k", "1"));
  const auto second = Store::open(dir / "a.bin");
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Code::kLocked);
  CHECK(second.error().message.find(std::to_string(::getpid())) != std::string::npos);
  Options read_only;
  read_only.read_only = true;
  auto reader = open_store(dir / "a.bin", read_only);
  CHECK(get(*reader, "k") == "1");
  CHECK(reader->set("k", "2").error().code == Code::kReadOnly);
  REQUIRE(writer->append("k", "2"));
  CHECK(get(*reader, "k") == "12");
  Batch batch;
  batch.set("a", "1");
  batch.set("b", "1");
  REQUIRE(writer->apply(batch));
  CHECK(get(*reader, "b") == "1");
  writer.reset();
  CHECK(get(*reader, "a") == "1");
  writer = open_store(dir / "a.bin");
  REQUIRE(writer->set("k", "3"));
  CHECK(get(*reader, "k") == "3");
}

TEST_CASE("a killed process loses nothing, whatever the policy") {
  SimFiles files;
  Options options = on(files);
  options.sync = SyncPolicy::none();
  auto store = open_store("a.bin", options);
  WriteOptions lazy;
  lazy.wait = false;
  for (int i = 0; i < 500; ++i) REQUIRE(store->append("k", std::to_string(i), lazy));
  const std::string expected = get(*store, "k");
  SimFiles after;
  after.put("a.bin", files.memory("a.bin"));
  auto reopened = open_store("a.bin", on(after));
  CHECK(reopened->open_report().how == OpenReport::How::kRecovered);
  CHECK(reopened->open_report().cut_size == 0);
  CHECK(get(*reopened, "k") == expected);
}

TEST_CASE("a torn tail is cut, kept beside the file, and told") {
  SimFiles files;
  auto store = open_store("a.bin", on(files));
  REQUIRE(store->set("kept", "1"));
  const std::uint64_t end = store->stats().file_size;
  WriteOptions lazy;
  lazy.wait = false;
  REQUIRE(store->set("torn", std::string(3000, 't'), lazy));
  testing::Image image = files.memory("a.bin");
  std::fill_n(image.begin() + static_cast<std::ptrdiff_t>(end) + 1024, 512, '\0');
  SimFiles after;
  after.reboot();
  after.put("a.bin", image);
  auto reopened = open_store("a.bin", on(after));
  const OpenReport report = reopened->open_report();
  CHECK(report.how == OpenReport::How::kRecovered);
  CHECK(report.cut_offset == end);
  CHECK(report.cut_size > 3000);
  REQUIRE(after.exists(report.cut_saved_as));
  CHECK(after.memory(report.cut_saved_as) == image.substr(end, report.cut_size));
  CHECK(get(*reopened, "kept") == "1");
  CHECK(get(*reopened, "torn") == "(nil)");
  REQUIRE(reopened->set("torn", "again"));
  reopened.reset();
  CHECK(open_store("a.bin", on(after))->open_report().how == OpenReport::How::kClean);
}

TEST_CASE("one flipped bit costs one key, which says so, and writes are refused if a head is hit") {
  SimFiles files;
  {
    auto store = open_store("a.bin", on(files));
    for (int i = 0; i < 100; ++i) {
      WriteOptions lazy;
      lazy.wait = false;
      REQUIRE(store->set("key" + std::to_string(i), "value" + std::to_string(i), lazy));
    }
  }
  const testing::Image clean = files.memory("a.bin");
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    testing::Image image = clean;
    const std::size_t at = 4096 + random() % (image.size() - 4096);
    image[at] = static_cast<char>(image[at] ^ (1 << random() % 8));
    CAPTURE(at);
    SimFiles damaged;
    damaged.put("a.bin", image);
    auto store = open_store("a.bin", on(damaged));
    int corrupt = 0;
    for (int i = 0; i < 100; ++i) {
      const std::string value = get(*store, "key" + std::to_string(i));
      if (value == "error CORRUPT") ++corrupt;
      else REQUIRE(value == "value" + std::to_string(i));
    }
    CHECK(corrupt == 1);
  }
}

TEST_CASE("a damaged newest record never lets an older version pass") {
  SimFiles files;
  {
    auto store = open_store("a.bin", on(files));
    REQUIRE(store->set("k", "1"));
    REQUIRE(store->set("k", "2"));
    REQUIRE(store->remove("k"));
  }
  const testing::Image clean = files.memory("a.bin");
  const std::size_t last = clean.rfind('k') - 48;
  for (std::size_t at = last / 8 * 8; at < clean.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      testing::Image image = clean;
      image[at] = static_cast<char>(image[at] ^ (1 << bit));
      SimFiles damaged;
      damaged.put("a.bin", image);
      auto store = open_store("a.bin", on(damaged));
      const std::string value = get(*store, "k");
      CAPTURE(at);
      CHECK((value == "error CORRUPT" || value == "(nil)"));
      CHECK(value != "2");
    }
  }
}

TEST_CASE("a large value is checked block by block") {
  SimFiles files;
  std::string value(1'000'000, '\0');
  std::mt19937_64 random(3);
  for (char& byte : value) byte = static_cast<char>(random());
  {
    auto store = open_store("a.bin", on(files));
    REQUIRE(store->set("big", value));
    REQUIRE(store->append("big", "tail"));
  }
  testing::Image image = files.memory("a.bin");
  const std::size_t begin = image.find(value.substr(0, 64));
  REQUIRE(begin != std::string::npos);
  image[begin + 500'000] = static_cast<char>(image[begin + 500'000] ^ 1);
  SimFiles damaged;
  damaged.put("a.bin", image);
  auto store = open_store("a.bin", on(damaged));
  CHECK(get(*store, "big") == "error CORRUPT");
  CHECK(slice(*store, "big", 500'000, 10) == "error CORRUPT");
  CHECK(slice(*store, "big", 100'000, 300'000) == value.substr(100'000, 300'000));
  CHECK(slice(*store, "big", -10, 10) == value.substr(999'994) + "tail");
}
