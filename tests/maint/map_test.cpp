// The map of a file's space: each byte in one class, whatever the file is like; and how it is
// shown.
#include "src/maint/map.h"

#include <numeric>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "src/maint/key_groups.h"
#include "src/maint/map_print.h"
#include "tests/maint/support.h"
#include "tests/support/sim_files.h"

using namespace kvstore;
using namespace kvstore::maint;
using kvstore::maint::testing::base_page;
using kvstore::maint::testing::Builder;
using kvstore::maint::testing::kTime;
using kvstore::testing::SimFiles;

namespace {

constexpr std::uint64_t kNow = kTime + 3'600'000'000;

SpaceMap map_of(const std::string& bytes, std::uint64_t now_us = kNow) {
  SimFiles files;
  files.put("a.bin", {bytes.begin(), bytes.end()});
  const auto source = open_source(files, "a.bin", file::Mode::kReadOnly);
  REQUIRE(source);
  auto map = map_space(*source, now_us);
  REQUIRE(map);
  return *map;
}

std::uint64_t bytes_of(const SpaceMap& map, SpaceClass one) {
  return map.total[static_cast<std::size_t>(one)];
}

// Each byte counts once, in the whole and over the regions.
void check_sums(const SpaceMap& map, std::uint64_t size) {
  CHECK(std::accumulate(map.total.begin(), map.total.end(), std::uint64_t{0}) == size);
  Space regions{};
  for (const Space& region : map.regions) {
    CHECK(std::accumulate(region.begin(), region.end(), std::uint64_t{0}) <= map.region_size);
    for (std::size_t i = 0; i < kSpaceClasses; ++i) regions[i] += region[i];
  }
  CHECK(regions == map.total);
}

std::uint64_t size_of_record(const Builder& builder, std::size_t i) {
  return builder.records()[i].second - builder.records()[i].first;
}

}  // namespace

TEST_CASE("live values, history, deletions and expired keys are told apart") {
  Builder builder;
  builder.set("a", "one");
  builder.append("a", "two");
  builder.set("a", "three");
  builder.append("a", "four");
  builder.set("gone", "x");
  builder.remove("gone");
  builder.set("late", "x", kNow / 1000 - 1);
  builder.set("later", "x", kNow / 1000 + 1);
  const std::string file = builder.close();
  const SpaceMap map = map_of(file);
  check_sums(map, file.size());
  const auto sizes = [&](std::initializer_list<std::size_t> records) {
    std::uint64_t sum = 0;
    for (const std::size_t i : records) sum += size_of_record(builder, i);
    return sum;
  };
  CHECK(bytes_of(map, SpaceClass::kHistory) == sizes({0, 1, 4, 5}));
  CHECK(bytes_of(map, SpaceClass::kExpired) == sizes({6}));
  CHECK(bytes_of(map, SpaceClass::kLive) == sizes({2, 3, 7}));
  CHECK(bytes_of(map, SpaceClass::kDamaged) == 0);
  CHECK(map.live_keys == 2);
  CHECK(map.deleted_keys == 1);
  CHECK(map.expired_keys == 1);
  REQUIRE(map.keys.size() == 2);
  CHECK(map.keys[0].key == "a");
  CHECK(map.keys[0].size == 9);
  CHECK(map.first_us == kTime + 1'000'000);
}

TEST_CASE("preallocated space is free, and torn or unreadable bytes are damaged") {
  Builder builder;
  for (int i = 0; i < 20; ++i) builder.set("k" + std::to_string(i), std::string(100, 'v'));
  builder.sync();
  const auto records = builder.records();
  std::string file = builder.crash();
  const SpaceMap whole = map_of(file);
  check_sums(whole, file.size());
  CHECK(bytes_of(whole, SpaceClass::kFree) == file.size() - records.back().second);
  CHECK(whole.freed() == 0);

  file[records[5].second - 50] ^= 1;  // a value
  file[records[9].first + 20] ^= 1;   // a head
  const SpaceMap damaged = map_of(file);
  check_sums(damaged, file.size());
  CHECK(bytes_of(damaged, SpaceClass::kDamaged) ==
        size_of_record(builder, 5) + size_of_record(builder, 9));
  CHECK(damaged.damaged_places == 2);
}

TEST_CASE("a header page that verify calls damaged is damaged space") {
  Builder builder;
  builder.set("k", "v");
  const std::string file = builder.close();
  CHECK(bytes_of(map_of(file), SpaceClass::kDamaged) == 0);
  const auto damaged = [&file](std::size_t begin, std::size_t size) {
    std::string bytes = file;
    for (std::size_t i = begin; i < begin + size; ++i) bytes[i] ^= 0x55;
    const SpaceMap map = map_of(bytes);
    check_sums(map, bytes.size());
    CHECK((map.damaged_places > 0) == (bytes_of(map, SpaceClass::kDamaged) > 0));
    return bytes_of(map, SpaceClass::kDamaged);
  };
  CHECK(damaged(0, 512) == log::kHeaderPageSize);      // the header
  CHECK(damaged(1024, 1024) == log::kHeaderPageSize);  // both slots
  CHECK(damaged(1024, 512) == 0);                      // one of them: there is another
}

TEST_CASE("a damaged value that is superseded is counted once") {
  Builder builder;
  builder.set("k", std::string(100, 'v'));
  builder.set("k", "w");
  builder.set("l", "w");
  std::string file = builder.close();
  file[builder.records()[0].second - 50] ^= 1;
  const SpaceMap map = map_of(file);
  check_sums(map, file.size());
  CHECK(bytes_of(map, SpaceClass::kHistory) == 0);
  CHECK(bytes_of(map, SpaceClass::kDamaged) == size_of_record(builder, 0));
}

TEST_CASE("groups are what keys begin with, and the largest of many are kept") {
  CHECK(group_of("user:1:name") == "user:");
  CHECK(group_of("a/b.c") == "a/");
  CHECK(group_of("plain").empty());
  CHECK(group_of(std::string(100, 'x') + ":").empty());
  KeyGroups groups;
  for (int i = 0; i < 10'000; ++i) groups.at("g" + std::to_string(i) + ":k").bytes += 1;
  for (int round = 0; round < 100; ++round) groups.at("big:k").bytes += 1000;
  for (int i = 0; i < 10'000; ++i) groups.at("h" + std::to_string(i) + ":k").bytes += 1;
  CHECK(groups.is_partial());
  const auto largest = groups.largest(3);
  REQUIRE(largest.size() >= 1);
  CHECK(largest[0].name == "big:");
  CHECK(largest[0].bytes == 100'000);
}

TEST_CASE("what a compaction frees is history without, and not with a day of it") {
  Builder builder;
  for (int i = 0; i < 500; ++i) builder.set("k", std::string(1000, 'v'));
  const std::string file = builder.close();
  const SpaceMap now = map_of(file);
  CHECK(now.freed_bare() > 500'000);
  CHECK(now.freed() < 10'000);
  const SpaceMap later = map_of(file, kNow + 2 * 86'400'000'000ULL);
  CHECK(later.freed() == later.freed_bare());
}

TEST_CASE("of a compressed file, what values take in the file is told from their sizes") {
  constexpr std::uint64_t kPiece = 1 << 20;
  Builder builder(base_page(5, true));
  builder.compress("");
  builder.base("a:large", {std::string(kPiece, 'v'), std::string(kPiece, 'w')}, 4);
  builder.base("b:raw", {"as it is"}, 5);
  builder.end_base();
  const std::string compacted = builder.close();
  const SpaceMap map = map_of(compacted);
  check_sums(map, compacted.size());
  CHECK(map.is_compressed);
  REQUIRE(map.keys.size() == 2);
  CHECK(map.keys[0].size == 2 * kPiece);
  CHECK(map.keys[0].stored < compacted.size());
  CHECK(map.keys[1].stored == 8);
  CHECK(map.value_bytes == 2 * kPiece + 8);
  CHECK(map.value_bytes_stored == map.keys[0].stored + 8);
  CHECK(map.groups[0].live <= map.groups[0].bytes);
  CHECK(map.compacted_bare < compacted.size() + 1000);
  const std::string text = to_text(map, {.width = 80, .color = false});
  CHECK(text.find("compressed: live values of 2.0 MiB take ") != text.npos);
  CHECK(text.find("compacting, compressed as now: frees about ") != text.npos);
  CHECK(to_json(map)["largest_values"][0]["stored"] == map.keys[0].stored);
  CHECK(to_json(map)["value_bytes_stored"] == map.value_bytes_stored);
}

TEST_CASE("what was written since a file was compressed would become smaller, too") {
  Builder builder(base_page(5, true));
  builder.compress("");
  builder.base("a", {std::string(100'000, 'v')}, 5);
  builder.end_base();
  builder.append("a", std::string(50'000, 'v'));
  builder.set("b", std::string(100'000, 'v'));
  const std::string file = builder.close();
  const SpaceMap map = map_of(file);
  check_sums(map, file.size());
  CHECK(map.value_bytes == 250'000);
  CHECK(map.value_bytes_stored > 150'000);
  CHECK(map.compacted_bare < 50'000);
}

TEST_CASE("a map is shown as text, as JSON and as a picture") {
  Builder builder;
  for (int i = 0; i < 50; ++i) builder.set("user:" + std::to_string(i), std::string(1000, 'v'));
  builder.set("<b>:k", "x");
  builder.remove("user:1");
  const std::string file = builder.close();
  const SpaceMap map = map_of(file);
  const std::string text = to_text(map, {.width = 80, .color = false});
  for (const char* piece : {"a.bin: ", "  # live ", "50 keys", "  user: ", "1 deleted key",
                            "compacting: frees about ", "from beginning to end"}) {
    CAPTURE(piece);
    CHECK(text.find(piece) != text.npos);
  }
  CHECK(text.find('\033') == text.npos);
  CHECK(to_text(map, {.width = 80, .color = true}).find("\033[32m#") != text.npos);
  for (const std::size_t width : {0, 1, 20, 79, 1000}) {
    const std::string sized = to_text(map, {.width = width, .color = false});
    CHECK(sized.find("live") != sized.npos);
  }
  const auto json = to_json(map);
  CHECK(json["size"] == file.size());
  CHECK(json["bytes"]["live"] == bytes_of(map, SpaceClass::kLive));
  CHECK(json["groups"][0]["prefix"] == "user:");
  const std::string picture = to_svg(map);
  CHECK(picture.starts_with("<svg "));
  CHECK(picture.ends_with("</svg>\n"));
  CHECK(picture.find("&lt;b&gt;") != picture.npos);
  CHECK(picture.find("<b>") == picture.npos);
}
