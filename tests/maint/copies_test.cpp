// A repaired file, and all that is made of it later: compactions, increments, restored backups.
//
// KVSTORE_LONG=1 test_maint    many more files
#include "tests/maint/copies.h"

#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "src/log/file_builder.h"
#include "src/log/header_page.h"
#include "src/log/scanner.h"
#include "src/maint/newest_of_keys.h"
#include "tests/maint/support.h"

namespace kvstore::maint::testing {
namespace {

using log::Kind;
using log::NewRecord;
using Random = std::mt19937_64;

NewRecord made(Kind kind, std::string_view key, std::string_view value, std::uint64_t lost = 0) {
  NewRecord record;
  record.kind = kind;
  record.starts = kind != Kind::kAppend;
  record.key = key;
  record.value = value;
  record.raw_size = lost;
  return record;
}

// A file with each group of records as one version, from seq 1 on.
std::string file_of(const std::vector<std::vector<NewRecord>>& versions) {
  SimFiles files;
  NewestOfKeys keys;
  auto to = log::FileBuilder::create(files, "new", {1, 2, 3}, {}, &keys);
  REQUIRE(to.has_value());
  std::uint64_t seq = 0;
  for (const auto& version : versions) {
    ++seq;
    for (const NewRecord& record : version) REQUIRE((*to)->add(record, seq, kTime + seq));
  }
  REQUIRE((*to)->close());
  return files.memory((*to)->temporary_path());
}

// A key whose records in one batch do not follow one another; empty: there is none.
std::string key_twice_in_batch(const std::string& image) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(image.data());
  const auto page = log::read_header_page(data, image.size(), "image");
  REQUIRE(page.has_value());
  const log::Binding binding(page->header.file_id);
  const log::ValidityMap validity({}, page->base);
  log::Scanner scanner(log::View{data, image.size(), &binding, nullptr, &validity, nullptr});
  std::set<std::string> of_batch;
  std::string last;
  while (scanner.next() == log::Scanner::Step::kRecord) {
    const log::Record& record = scanner.record();
    const bool is_inner = (record.flags & log::kBatchMember) != 0 && record.batch_count == 0;
    if (!is_inner) of_batch.clear();
    if (!record.has_key()) continue;
    const std::string key(record.key());
    if (!of_batch.insert(key).second && key != last) return key;
    last = key;
  }
  return {};
}

std::string key_of(Random& random) { return std::string(1, static_cast<char>('a' + random() % 4)); }

std::string value_of(Random& random) {
  const std::size_t size = random() % 5 == 0 ? 600 + random() % 2000 : random() % 30;
  return std::string(size, static_cast<char>('a' + random() % 26));
}

// Few keys, many of whose versions are of batches.
void write_batches(Builder& b, Random& random, bool with_references) {
  const auto count = 5 + random() % 10;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string one = key_of(random), other = key_of(random);
    switch (random() % 8) {
      case 0:
      case 1:
      case 2:
        if (one == other) continue;
        b.batch({{random() % 3 == 0 ? Kind::kAppend : Kind::kSet, one, value_of(random)},
                 {random() % 3 == 0 ? Kind::kAppend : Kind::kSet, other, value_of(random)}});
        break;
      case 3:
        b.append(one, value_of(random));
        break;
      case 4:
        b.remove(one);
        break;
      case 5:
        if (random() % 4 == 0) b.clear();
        break;
      case 6: {
        const bool is_there = b.now().contains(other) && !b.now().at(other).empty();
        if (with_references && is_there) {
          b.refer(one, other);
          break;
        }
        [[fallthrough]];
      }
      default:
        b.set(one, value_of(random));
    }
  }
}

// A run of records: the first one's value, if it is to, and the heads of the others.
std::string damage_run(std::string image, const Builder& b, Random& random) {
  const auto& records = b.records();
  if (records.empty()) return image;
  const std::size_t first = random() % records.size();
  const std::size_t end = std::min<std::size_t>(records.size(), first + 1 + random() % 4);
  for (std::size_t i = first; i < end; ++i) {
    const auto [begin, behind] = records[i];
    const bool of_value = (i == first ? random() % 2 : random() % 8) == 0;
    image = flip(std::move(image), of_value ? behind - 1 - random() % 8 : begin + 20);
  }
  return image;
}

}  // namespace

TEST_CASE("lost versions of several keys in a batch, repaired, are the same in every copy") {
  const std::uint64_t seeds = std::getenv("KVSTORE_LONG") != nullptr ? 30'000 : 901;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    Builder b;
    write_batches(b, random, seed % 3 == 0);
    std::string image = b.close();
    for (auto runs = 1 + random() % 2; runs > 0; --runs) image = damage_run(image, b, random);
    const bool is_salvage = seed % 5 == 0;
    const Outcome outcome = rebuilt(image, is_salvage ? Way::kCarved : Way::kJudged);
    CHECK(audit_of(outcome.repaired).state() == maint::State::kIntact);
    if (!is_salvage) check_truth(b, outcome);
    CHECK(key_twice_in_batch(outcome.repaired) == "");
    const Copies copies = seed % 4 == 0 ? Copies::kAll : Copies::kCompacted;
    const auto wrong = judge_copies(outcome.repaired, copies);
    CHECK_MESSAGE(!wrong, wrong.value_or(""));
  }
}

TEST_CASE("a mark of a key that the batch has already is of a later version") {
  Builder b;
  b.batch({{Kind::kSet, "a", std::string(600, 'v')}, {Kind::kSet, "b", "1"}});
  b.set("a", "2");
  b.set("b", "3");
  b.set("c", "1");
  b.set("b", "4");
  std::string image = flip(b.close(), b.records()[0].first + 200);
  for (const std::size_t lost : {1U, 2U}) image = flip(image, b.records()[lost].first + 20);
  const Outcome outcome = rebuilt(image);
  CHECK(key_twice_in_batch(outcome.repaired) == "");
  check_truth(b, outcome);
  const auto wrong = judge_copies(outcome.repaired);
  CHECK_MESSAGE(!wrong, wrong.value_or(""));
}

TEST_CASE("a batch with records of a key apart, as older repairs wrote it, is the same in copies") {
  const std::vector<NewRecord> lost = {made(Kind::kGap, "a", {}, 600), made(Kind::kHole, "b", {}),
                                       made(Kind::kHole, "a", {})};
  const std::vector<NewRecord> apart = {made(Kind::kGap, "a", {}, 8), made(Kind::kHole, "b", {}),
                                        made(Kind::kAppend, "a", "behind"),
                                        made(Kind::kSet, "b", "again")};
  const std::vector<NewRecord> before = {made(Kind::kSet, "a", "0"), made(Kind::kSet, "b", "0")};
  const std::vector<NewRecord> between = {made(Kind::kSet, "c", "1")};
  const std::vector<NewRecord> behind = {made(Kind::kSet, "a", "5")};
  for (const auto& strange : {lost, apart}) {
    for (const auto& versions : std::vector<std::vector<std::vector<NewRecord>>>{
             {strange, between},
             {strange, between, behind},
             {before, strange, between},
             {before, strange, between, behind, strange}}) {
      const std::string image = file_of(versions);
      CHECK(audit_of(image).state() == maint::State::kIntact);
      const auto wrong = judge_copies(image);
      CHECK_MESSAGE(!wrong, wrong.value_or(""));
    }
  }
}

}  // namespace kvstore::maint::testing
