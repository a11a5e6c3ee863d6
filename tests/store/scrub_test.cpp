// The scrub finds what has rotted, names it, heals the index, and disturbs nobody.
#include "src/store/scrub.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "src/base/mutex.h"
#include "src/log/log.h"
#include "src/log/scanner.h"
#include "tests/support/sim_files.h"

using namespace kvstore;
using kvstore::testing::SimFiles;

namespace {

constexpr int kKeys = 3000;

struct Told {
  Mutex mutex;
  std::vector<std::string> sentences KV_GUARDED_BY(mutex);
  std::size_t count() {
    MutexLock lock(mutex);
    return sentences.size();
  }
};

struct Fixture {
  SimFiles files;
  Told told;
  std::unique_ptr<Store> store;

  Fixture() {
    open();
    for (int i = 0; i < kKeys; ++i) REQUIRE(store->set("key" + std::to_string(i), value(i)));
    REQUIRE(store->checkpoint());
    REQUIRE(store->set("large", std::string(10 << 20, 'x')));
  }
  ~Fixture() { store.reset(); }
  static std::string value(int i) { return std::string(200, static_cast<char>('a' + i % 20)); }
  Options options(bool read_only = false) {
    Options options;
    options.file_system = &files;
    options.sync = SyncPolicy::none();
    options.read_only = read_only;
    options.on_warning = [this](const std::string& sentence) {
      MutexLock lock(told.mutex);
      told.sentences.push_back(sentence);
    };
    return options;
  }
  void open(bool read_only = false) {
    store.reset();
    store = *Store::open("a.bin", options(read_only));
  }
  // A whole pass. Ends: the test's own limit of time is the only one.
  ScrubStatus pass() {
    const std::uint64_t before = store->scrub_status().passes;
    REQUIRE(store->scrub());
    while (true) {
      const ScrubStatus status = store->scrub_status();
      if (status.passes > before && !status.running) return status;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  // The file's records.
  void visit(const std::function<void(const log::Record&)>& visitor) {
    const std::string bytes = files.memory("a.bin");
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    const auto page = log::read_header_page(data, bytes.size(), "a.bin");
    REQUIRE(page.has_value());
    const log::Binding binding(page->header.file_id);
    log::Scanner scanner({data, bytes.size(), &binding});
    while (scanner.next() == log::Scanner::Step::kRecord) visitor(scanner.record());
  }
  std::string get(const std::string& key) {
    std::string value;
    const auto found = store->get(key, &value);
    return !found ? "(CORRUPT)" : *found ? value : "(nil)";
  }
};

bool one_says(const std::vector<std::string>& all, std::string_view part) {
  return std::any_of(all.begin(), all.end(), [part](const std::string& sentence) {
    return sentence.find(part) != std::string::npos;
  });
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a sound file is read to its end, and nothing is found") {
  for (int i = 0; i < 2; ++i) {
    const ScrubStatus status = pass();
    CHECK(status.found == 0);
    CHECK(status.at == status.end);
    CHECK(status.bytes > std::uint64_t{10 << 20});
    CHECK(status.ended_us != 0);
  }
  CHECK(store->stats().warnings.empty());
  CHECK(told.count() == 0);
}

TEST_CASE_FIXTURE(Fixture, "a damaged value is named by its key, seq and offset, and told once") {
  std::uint64_t offset = 0, seq = 0;
  visit([&](const log::Record& record) {
    if (record.key() != "key77") return;
    offset = record.offset;
    seq = record.seq;
    files.flip("a.bin", record.offset + record.size() - 20);
  });
  REQUIRE(offset != 0);
  CHECK(pass().found == 1);
  const std::vector<std::string> warnings = store->stats().warnings;
  CHECK(one_says(warnings, "key77"));
  CHECK(one_says(warnings, "seq " + std::to_string(seq)));
  CHECK(one_says(warnings, "offset " + std::to_string(offset)));
  CHECK(get("key77") == "(CORRUPT)");
  CHECK(get("key78") == value(78));
  CHECK(pass().found == 1);
  CHECK(told.count() == 1);
}

TEST_CASE_FIXTURE(Fixture, "a copy of the header that is damaged is found, be it the second") {
  for (const std::uint64_t at : {10u, 600u}) {
    files.flip("a.bin", at);
    CHECK(pass().found == 1);
    CHECK(one_says(store->stats().warnings, "header at offset " + std::to_string(at / 512 * 512)));
    files.flip("a.bin", at);
    CHECK(pass().found == 0);
  }
}

TEST_CASE_FIXTURE(Fixture, "a bit in any part of a large value is found") {
  std::uint64_t begin = 0;
  visit([&](const log::Record& record) {
    if (record.key() == "large") begin = record.offset;
  });
  REQUIRE(begin != 0);
  for (const std::uint64_t at : {100u, 5u << 20, 9u << 20}) {
    files.flip("a.bin", begin + at);
    CHECK(pass().found == 1);
    files.flip("a.bin", begin + at);
    CHECK(pass().found == 0);
    CHECK(store->stats().warnings.empty());
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "a place that holds no record any more is found, and what follows read") {
  visit([&](const log::Record& record) {
    if (record.key() == "key9") files.flip("a.bin", record.offset + 30);
    if (record.key() == "key500") files.flip("a.bin", record.offset + record.size() - 20);
  });
  const ScrubStatus status = pass();
  CHECK(status.found == 2);
  CHECK(status.at == status.end);
  CHECK(one_says(store->stats().warnings, "no record can be read at offset"));
  CHECK(one_says(store->stats().warnings, "key500"));
}

TEST_CASE_FIXTURE(Fixture, "a damaged segment is healed, and nobody notices") {
  for (const bool read_only : {false, true}) {
    CAPTURE(read_only);
    open(read_only);
    std::uint64_t body = 0;
    visit([&](const log::Record& record) {
      if (record.kind == log::Kind::kExtent) body = record.offset + record.size();
    });
    REQUIRE(body != 0);
    files.flip("a.bin", body + 5000);
    CHECK(pass().found == 1);
    CHECK(one_says(store->stats().warnings, "a segment of the index is damaged"));
    CHECK(one_says(store->stats().warnings, "rebuilt in memory"));
    for (int i = 0; i < kKeys; i += 7) REQUIRE(get("key" + std::to_string(i)) == value(i));
    CHECK(pass().found == 1);  // in the file it still is
    files.flip("a.bin", body + 5000);
  }
}

TEST_CASE_FIXTURE(Fixture, "of many findings some are kept, and all are counted") {
  visit([&](const log::Record& record) {
    if (record.has_key() && record.key().starts_with("key1")) {
      files.flip("a.bin", record.offset + record.size() - 20);
    }
  });
  const ScrubStatus status = pass();
  CHECK(status.found > 1000);
  CHECK(store->stats().warnings.size() == Scrub::kKept);
  CHECK(told.count() == Scrub::kKept);
}

TEST_CASE_FIXTURE(Fixture, "a store is closed in the middle of a pass") {
  for (int i = 0; i < 20; ++i) {
    open(i % 2 == 1);
    REQUIRE(store->scrub());
    if (i % 3 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(i / 4));
    REQUIRE(store->close());
    CHECK(store->scrub().error().code == Code::kFailed);
  }
}

TEST_CASE_FIXTURE(Fixture, "writes, seals and reads go on beside it") {
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 0; i < 20'000 && !stop; ++i) {
      if (!store->set("new" + std::to_string(i % 500), value(i))) stop = true;
      if (i % 2000 == 0 && !store->checkpoint()) stop = true;
    }
  });
  std::uint64_t found = 0;
  for (int i = 0; i < 5; ++i) found += pass().found;
  writer.join();
  CHECK_FALSE(stop);
  CHECK(found == 0);
}

TEST_CASE("a store without a file has nothing to scrub") {
  SimFiles files;
  Options options;
  options.file_system = &files;
  options.scrub_rate = 1;
  auto store = *Store::open("a.bin", options);
  REQUIRE(store->scrub());
  while (store->scrub_status().running) std::this_thread::yield();
  CHECK(store->scrub_status().found == 0);
  CHECK(store->scrub_status().rate == 1);
}
