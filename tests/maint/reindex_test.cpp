// The index built anew from the log: right whatever the old one was, and safe to be killed.
#include "src/maint/reindex.h"

#include <doctest/doctest.h>

#include "tests/maint/index_support.h"

namespace kvstore::maint::testing {
namespace {

using State = maint::State;
using kvstore::testing::Loss;

constexpr const char* kPath = "built";
constexpr ReindexOptions kSmallSteps{64};

void fill(Builder& b) {
  for (int i = 0; i < 200; ++i) b.set("key" + std::to_string(i), std::to_string(i));
  b.batch({{log::Kind::kSet, "b1", "x"}, {log::Kind::kSet, "b2", "y"}});
  for (int i = 150; i < 250; ++i) b.append("key" + std::to_string(i), "+");
  for (int i = 0; i < 20; ++i) b.remove("key" + std::to_string(i));
  b.sync();
}

Result<Reindexed> reindex_in(SimFiles& files) {
  auto source = open_source(files, kPath, file::Mode::kReadWrite);
  REQUIRE(source.has_value());
  return reindex(&*source, {}, kSmallSteps);
}

void check_values(const std::string& image, const Builder& b) {
  Opened opened = open(image);
  for (const auto& [key, value] : b.now()) REQUIRE(get(*opened.store, key) == value);
  CHECK(get(*opened.store, "key3") == "(nil)");
  CHECK(*opened.store->count() == b.now().size());
}

void check_reindexed(const std::string& image, const Builder& b) {
  SimFiles files;
  files.reboot();
  files.put(kPath, image);
  const auto done = reindex_in(files);
  REQUIRE(done.has_value());
  CHECK(done->keys == 252);
  const Report report = audit_of(files.memory(kPath));
  CHECK(report.state() == State::kIntact);
  CHECK(report.closed_cleanly);
  CHECK(report.index.checkpoint != 0);
  CHECK(report.index.fault_count == 0);
  CHECK(report.index.runs == 1);
  CHECK(report.index.keys == 252);
  check_values(files.memory(kPath), b);
}

TEST_CASE("a file without an index gets one, closed or killed") {
  Builder b;
  fill(b);
  check_reindexed(b.crash(), b);
  check_reindexed(b.close(), b);
}

TEST_CASE("an index with faults is replaced by one without") {
  SealedIndex how;
  how.entries = [](std::size_t, SealedIndex::Entries* entries) {
    (*entries)["key9"] = (*entries)["key8"];
    entries->erase("key100");
  };
  Builder b;
  fill(b);
  seal_index(b, how);
  const std::string image = b.close();
  REQUIRE(audit_of(image).index.fault_count == 2);
  check_reindexed(image, b);
}

TEST_CASE("an index whose own bytes are damaged is replaced") {
  Builder b;
  fill(b);
  std::uint64_t extent = 0, body = 0;
  SealedIndex how;
  how.checkpoint = [&](const log::Checkpoint* checkpoint) {
    extent = checkpoint->runs[0].segments[0].extent;
    body = checkpoint->runs[0].segments[0].body;
  };
  seal_index(b, how);
  const std::string image = b.close();
  check_reindexed(flip(image, body + 500), b);
  check_reindexed(flip(image, image.size() - 20), b);
  SimFiles files;
  files.put(kPath, flip(image, extent + 20));  // the place in the log stays damaged
  REQUIRE(reindex_in(files));
  const Report report = audit_of(files.memory(kPath));
  CHECK(report.index.fault_count == 0);
  CHECK(report.lost_records == 0);
  check_values(files.memory(kPath), b);
}

TEST_CASE("a damaged or torn log gets no index, and is not touched") {
  Builder b;
  fill(b);
  const std::string image = flip(b.close(), b.records()[40].first + 30);
  SimFiles files;
  files.put(kPath, image);
  const auto done = reindex_in(files);
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == Code::kDamaged);
  CHECK_FALSE(done.error().hint.empty());
  CHECK(files.memory(kPath) == image);
}

TEST_CASE("an empty file gets an empty index") {
  Builder b;
  SimFiles files;
  files.put(kPath, b.close());
  const auto done = reindex_in(files);
  REQUIRE(done.has_value());
  CHECK(done->keys == 0);
  CHECK(audit_of(files.memory(kPath)).state() == State::kIntact);
}

TEST_CASE("times that were set back and expiries are counted as a store counts them") {
  SimFiles files;
  kvstore::Options options;
  options.file_system = &files;
  {
    auto store = *Store::open(kPath, options);
    const std::uint64_t now = store->now_us() / 1000;
    for (int i = 0; i < 50; ++i) {
      WriteOptions write;
      write.expires_at_ms = now + 1'000'000 + static_cast<std::uint64_t>(i % 5);
      REQUIRE(store->set("e" + std::to_string(i), "x", write));
      REQUIRE(store->set("k" + std::to_string(i), "x"));
    }
    REQUIRE(store->close());
  }
  REQUIRE(reindex_in(files));
  CHECK(audit_of(files.memory(kPath)).index.fault_count == 0);
  auto store = *Store::open(kPath, options);
  CHECK(*store->count() == 100);
  CHECK(store->stats().expiring_keys == 50);
}

TEST_CASE("a power loss at any sync leaves the old index or the new one, and all values") {
  Builder b;
  fill(b);
  seal_index(b);
  for (const bool closed : {false, true}) {
    const std::string image = closed ? b.close() : b.crash();
    for (int loss = 0; loss < kvstore::testing::kLossCount; ++loss) {
      CAPTURE(loss);
      SimFiles files;
      files.put(kPath, image);
      std::mt19937_64 random(static_cast<std::uint64_t>(loss) + 7);
      std::vector<std::string> images;
      files.on_sync = [&]() -> Status {
        for (int i = 0; i < 4; ++i) {
          images.push_back(files.crash_image(kPath, static_cast<Loss>(loss), random));
        }
        return {};
      };
      REQUIRE(reindex_in(files));
      REQUIRE(images.size() >= 12);
      for (const std::string& crashed : images) {
        const Report report = audit_of(crashed);
        CHECK(report.state() <= State::kTorn);
        CHECK(report.index.fault_count == 0);
        check_values(crashed, b);
      }
    }
  }
}

}  // namespace
}  // namespace kvstore::maint::testing
