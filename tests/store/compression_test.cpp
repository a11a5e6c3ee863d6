// Compactions that compress: the store answers as before.
#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <random>
#include <string>
#include <thread>

#include "src/log/encoder.h"
#include "src/store/iterator.h"
#include "src/store/snapshot.h"
#include "tests/support/open_store.h"
#include "tests/support/store_fixture.h"

namespace kvstore {
namespace {

using testing::get;
using testing::open_store;
using testing::SimFiles;

using Model = std::map<std::string, std::string>;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

CompactionOptions with_level(int level) {
  return {.keep = KeepHistory::none(), .compress = Compression{level}};
}

std::uint64_t some_size(std::mt19937_64& random) {
  constexpr std::uint64_t kBlock = log::Encoder::kBlock;
  static constexpr std::uint64_t kEdges[] = {
      0,          1,      7,          8,          9,        1023, 1024,     1025,
      kBlock - 1, kBlock, kBlock + 1, 2 * kBlock, kMiB - 1, kMiB, kMiB + 1, 2 * kMiB + 1};
  if (random() % 4 == 0) return kEdges[random() % std::size(kEdges)];
  return random() % (std::uint64_t{1} << (1 + random() % 15));
}

// From all alike to incompressible, and what looks like its neighbours.
std::string some_value(std::mt19937_64& random) {
  const std::uint64_t size = some_size(random);
  std::string value;
  switch (random() % 3) {
    case 0:
      value.assign(size, static_cast<char>('a' + random() % 26));
      break;
    case 1:
      while (value.size() < size) {
        value += "level=info path=/api/v1/" + std::to_string(random() % 1000) + " status=200\n";
      }
      break;
    default:
      while (value.size() < size) value += static_cast<char>(random());
  }
  value.resize(size);
  return value;
}

void write(Store& store, Model& model, std::mt19937_64& random) {
  const std::string key = "key" + std::to_string(random() % 60);
  const std::string value = some_value(random);
  const unsigned what = random() % 10;
  if (what == 0) {
    REQUIRE(store.remove(key));
    model.erase(key);
  } else if (what < 5) {
    REQUIRE(store.append(key, value));
    model[key] += value;
  } else {
    REQUIRE(store.set(key, value));
    model[key] = value;
  }
}

void check_ranges(Store& store, const std::string& key, const std::string& value,
                  std::mt19937_64& random) {
  std::string got;
  for (int i = 0; i < 5; ++i) {
    const std::uint64_t begin = random() % (value.size() + 1);
    const std::uint64_t size = random() % (random() % 2 == 0 ? 300 : value.size() + 1);
    REQUIRE(*store.read(key, static_cast<std::int64_t>(begin), size, &got));
    REQUIRE(got == value.substr(begin, size));
  }
}

void check_all(Store& store, const Model& model, std::mt19937_64& random) {
  auto walk = store.iterator({});
  REQUIRE(walk);
  auto expected = model.begin();
  for ((*walk)->first(); (*walk)->valid(); (*walk)->next(), ++expected) {
    REQUIRE(expected != model.end());
    REQUIRE((*walk)->key() == expected->first);
    REQUIRE(*(*walk)->value() == expected->second);
    REQUIRE((*walk)->info()->size == expected->second.size());
  }
  REQUIRE((*walk)->status());
  REQUIRE(expected == model.end());
  for (const auto& [key, value] : model) {
    REQUIRE(get(store, key) == value);
    check_ranges(store, key, value, random);
  }
}

// What an export of the history sees.
Model written(Store& store) {
  Model model;
  auto snapshot = store.snapshot();
  REQUIRE(snapshot);
  REQUIRE(snapshot->writes([&](const LoggedWrite& write) {
    std::string& value = model[std::string(write.key)];
    if (write.kind != Version::Kind::kAppend) value.clear();
    value += write.value;
    if (write.kind == Version::Kind::kDelete) model.erase(std::string(write.key));
    return true;
  }));
  return model;
}

using Fixture = kvstore::testing::StoreFixture;

TEST_CASE("a store whose values are compressed answers as before, whatever they are") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    Fixture f;
    Model model;
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 120; ++i) write(*f.store, model, random);
      const int level = static_cast<int>(random() % 4);
      REQUIRE(f.store->compact(with_level(level)));
      check_all(*f.store, model, random);
      CHECK(written(*f.store) == model);
      for (int i = 0; i < 20; ++i) write(*f.store, model, random);
      if (random() % 2 == 0) f.reopen();
      check_all(*f.store, model, random);
      CHECK(written(*f.store) == model);
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "small values share a dictionary, and random ones stay as they are") {
  for (int i = 0; i < 5000; ++i) {
    REQUIRE(store->set("k" + std::to_string(i), "level=info service=store path=/api/v1/keys/" +
                                                    std::to_string(i * 7919) + " status=200"));
  }
  REQUIRE(store->compact(with_level(3)));
  CompactionStatus status = store->compaction_status();
  CHECK(status.raw > 2 * status.stored);
  CHECK(get(*store, "k77").starts_with("level=info"));
  std::mt19937_64 random(1);
  std::string noise(60, '\0');
  for (int i = 0; i < 5000; ++i) {
    for (char& byte : noise) byte = static_cast<char>(random());
    REQUIRE(store->set("k" + std::to_string(i), noise));
  }
  REQUIRE(store->compact(with_level(0)));
  const std::uint64_t raw_size = store->compaction_status().new_size;
  REQUIRE(store->compact(with_level(3)));
  status = store->compaction_status();
  CHECK(status.raw == status.stored);
  CHECK(status.new_size == raw_size);
  CHECK(get(*store, "k4999") == noise);
}

TEST_CASE_FIXTURE(Fixture, "an uncompressed compaction of a compressed file writes it raw again") {
  const std::string text(100'000, 't');
  REQUIRE(store->set("text", text));
  REQUIRE(store->compact(with_level(0)));
  const std::uint64_t raw_size = store->compaction_status().new_size;
  REQUIRE(store->compact(with_level(3)));
  CHECK(store->compaction_status().new_size < raw_size / 10);
  CHECK(get(*store, "text") == text);
  REQUIRE(store->compact(with_level(0)));
  CHECK(store->compaction_status().new_size == raw_size);
  CHECK(get(*store, "text") == text);
}

TEST_CASE_FIXTURE(Fixture, "a compaction that is told nothing of it keeps the file's codec") {
  const CompactionOptions untold{.keep = KeepHistory::none()};
  const std::string text(100'000, 't');
  REQUIRE(store->set("text", text));
  REQUIRE(store->compact(untold));
  CHECK_FALSE(store->compaction_status().file_is_compressed);
  const std::uint64_t raw_size = store->compaction_status().new_size;
  REQUIRE(store->compact(with_level(3)));
  const std::uint64_t small_size = store->compaction_status().new_size;
  reopen();
  REQUIRE(store->set("text", text));
  REQUIRE(store->compact(untold));
  CHECK(store->compaction_status().file_is_compressed);
  CHECK(store->compaction_status().new_size == small_size);
  CHECK(store->compaction_status().base_raw == text.size());
  CHECK(get(*store, "text") == text);
  REQUIRE(store->compact(with_level(0)));
  REQUIRE(store->compact(untold));
  CHECK_FALSE(store->compaction_status().file_is_compressed);
  CHECK(store->compaction_status().new_size == raw_size);
}

TEST_CASE("a compaction that begins by itself keeps the file's codec") {
  for (const int level : {0, 3}) {
    CAPTURE(level);
    SimFiles files;
    Options options;
    options.compact_at = 30;
    options.compact_least_size = 1;
    options.compaction.keep = KeepHistory::none();
    const auto store = open_store(files, options);
    const std::string text(100'000, 't');
    REQUIRE(store->set("text", text));
    REQUIRE(store->compact(with_level(level)));
    for (int i = 0; i < 5; ++i) REQUIRE(store->set("text", text));
    REQUIRE(store->checkpoint());
    while (store->compaction_status().done < 2) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    CHECK(store->compaction_status().file_is_compressed == (level != 0));
    CHECK((store->compaction_status().new_size < text.size()) == (level != 0));
    CHECK(get(*store, "text") == text);
  }
}

TEST_CASE("a compression is a word, and a level that zstd has") {
  CHECK_FALSE(Compression::parse("none")->is_on());
  CHECK(Compression::parse("zstd")->level == 3);
  CHECK(Compression::parse("zstd:22")->to_string() == "zstd:22");
  for (const char* word : {"", "zstd:", "zstd:0", "zstd:23", "zstd:-1", "zstd:3x", "lz4", "ZSTD"}) {
    CAPTURE(word);
    CHECK_FALSE(Compression::parse(word));
  }
}

}  // namespace
}  // namespace kvstore
