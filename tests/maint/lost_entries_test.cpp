// What a repair learns from the index in the file about records that the log has lost.
#include <algorithm>
#include <random>

#include <doctest/doctest.h>

#include "tests/maint/index_support.h"

namespace kvstore::maint::testing {
namespace {

using log::Kind;
using Random = std::mt19937_64;
using Keys = std::set<std::string>;

struct Sealed {
  Builder b;
  std::string image;
  std::size_t covered = 0;  // records that the index knows
};

// Keys of one record and of several, deletions and values in blocks.
void write_some(Builder& b, Random& random, int count) {
  for (int i = 0; i < count; ++i) {
    const std::string key = "key" + std::to_string(random() % 60);
    const std::string value(random() % 40, static_cast<char>('a' + random() % 26));
    const unsigned what = random() % 10;
    if (what == 0) b.remove(key);
    if (what == 1) b.set(key, std::string(3000 + random() % 3000, 'B'));
    if (what == 2) b.batch({{Kind::kSet, key, value}, {Kind::kAppend, "log", value}});
    if (what >= 3 && what < 6) b.append(key, value);
    if (what >= 6) b.set(key, value);
  }
}

void make(Sealed* sealed, std::uint64_t seed, const SealedIndex& how = {}) {
  Random random(seed);
  write_some(sealed->b, random, 100 + static_cast<int>(random() % 100));
  SealedIndex index = how;
  sealed->b.sync();
  index.run_ends = {sealed->b.log().end()};
  write_some(sealed->b, random, static_cast<int>(random() % 60) + 1);
  sealed->b.sync();
  sealed->covered = sealed->b.records().size();
  seal_index(sealed->b, index);
  write_some(sealed->b, random, static_cast<int>(random() % 30));
  sealed->image = sealed->b.close();
}

// Zeroes records [first, last): what they were, nothing there tells.
void erase(Sealed* sealed, std::size_t first, std::size_t last) {
  const std::uint64_t begin = sealed->b.records()[first].first;
  const std::uint64_t size = sealed->b.records()[last - 1].second - begin;
  sealed->image.replace(begin, size, size, '\0');
}

// Keys that say neither what they were nor that it is lost.
Keys wrong_keys(const Sealed& sealed, const Outcome& outcome) {
  Opened opened = open(outcome.repaired);
  Keys wrong;
  for (const auto& [key, value] : sealed.b.now()) {
    const std::string got = get(*opened.store, key);
    if (got != value && got != "(CORRUPT)") wrong.insert(key);
  }
  return wrong;
}

TEST_CASE("a repair knows from the index whose newest records were lost") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    Sealed sealed;
    make(&sealed, seed);
    Random random(seed);
    const std::size_t first = random() % (sealed.covered - 1);
    const std::size_t last = std::min(sealed.covered, first + 1 + random() % 20);
    erase(&sealed, first, last);
    const Outcome outcome = rebuilt(sealed.image);
    CHECK(outcome.rolled_back.empty());
    CHECK(wrong_keys(sealed, outcome).empty());
    check_truth(sealed.b, outcome);
  }
}

TEST_CASE("a repair gives up no key that the index knows to be whole") {
  Sealed sealed;
  for (int i = 0; i < 100; ++i) sealed.b.set("key" + std::to_string(i), "value");
  sealed.b.append("key7", "+");
  sealed.b.sync();
  seal_index(sealed.b);
  sealed.image = sealed.b.close();
  erase(&sealed, 40, 43);
  const Outcome outcome = rebuilt(sealed.image);
  const Keys lost = check_truth(sealed.b, outcome);
  CHECK(lost == Keys{"key40", "key41", "key42"});
  CHECK(outcome.rolled_back.empty());
  CHECK(outcome.report.lost_keys == 3);
  CHECK(outcome.report.losses.size() == 3);
  CHECK(wrong_keys(sealed, outcome).empty());
}

TEST_CASE("an index that does not check out is not asked, and keys are rolled back") {
  Sealed sealed;
  SealedIndex how;
  how.bytes = [](const log::Checkpoint& checkpoint, std::uint8_t* data) {
    for (const log::RunPlace& run : checkpoint.runs) data[run.segments[0].body + 200] ^= 1;
  };
  for (int i = 0; i < 100; ++i) sealed.b.set("key" + std::to_string(i), "value");
  sealed.b.sync();
  seal_index(sealed.b, how);
  sealed.image = sealed.b.close();
  erase(&sealed, 40, 43);
  const Outcome outcome = rebuilt(sealed.image);
  CHECK(outcome.rolled_back.size() == 40);
  check_truth(sealed.b, outcome);
}

}  // namespace
}  // namespace kvstore::maint::testing
