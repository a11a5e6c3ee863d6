#include "src/sorted_set/changes.h"

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace kvstore;
using namespace kvstore::sorted_set;

namespace {

constexpr std::size_t kNoLimit = SIZE_MAX;

std::string encoded(const std::vector<MemberChange>& changes) {
  std::string bytes;
  for (const MemberChange& change : changes) append_change(change, &bytes);
  return bytes;
}

Fold::Outcome fold(std::string_view bytes, std::size_t piece, SortedSet* set,
                   std::size_t limit = kNoLimit) {
  Fold folding(limit);
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    const Fold::Outcome outcome = folding.add(bytes.substr(0, piece));
    if (outcome != Fold::Outcome::kDone) return outcome;
  }
  return folding.finish(set);
}

std::string members(const SortedSet& set) {
  std::string bytes;
  append_members(set, &bytes);
  return bytes;
}

}  // namespace

TEST_CASE("the bytes of a change are those that FORMAT.md shows") {
  CHECK(encoded({{"ab", 1.5}, {"", std::nullopt}}) == std::string("\x01\x02"
                                                                  "ab"
                                                                  "\0\0\0\0\0\0\xF8\x3F"
                                                                  "\x02\0",
                                                                  14));
  const std::string long_name(300, 'x');
  const std::string bytes = encoded({{long_name, std::nullopt}});
  CHECK(bytes.substr(0, 3) == "\x02\xAC\x02");
  CHECK(bytes.size() == change_size(300, false));
}

TEST_CASE("changes fold to the same set however they are cut into pieces") {
  std::mt19937_64 random(1);
  std::string bytes;
  SortedSet expected;
  for (int i = 0; i < 3'000; ++i) {
    const std::string name(random() % 200 == 0 ? 1'000 : random() % 6, "abc"[random() % 3]);
    MemberChange change{name, std::nullopt};
    if (random() % 3 != 0) change.score = static_cast<double>(random() % 5);
    append_change(change, &bytes);
    expected.apply(change);
  }
  for (const std::size_t piece : {1ul, 2ul, 7ul, 64ul, 999ul, bytes.size()}) {
    CAPTURE(piece);
    SortedSet set;
    REQUIRE(fold(bytes, piece, &set) == Fold::Outcome::kDone);
    CHECK(members(set) == members(expected));
    CHECK(set.stored_size() == members(set).size());
  }
}

TEST_CASE("a set that was written as its members is the same again") {
  SortedSet set;
  for (int i = 0; i < 1'000; ++i) set.set("member " + std::to_string(i), i % 50 - 25.0);
  const std::string bytes = members(set);
  SortedSet again;
  REQUIRE(fold(bytes, 100, &again) == Fold::Outcome::kDone);
  CHECK(members(again) == bytes);
}

TEST_CASE("what follows goes onto a set") {
  SortedSet set;
  set.set("a", 1);
  Fold folding(set, kNoLimit);
  REQUIRE(folding.add(encoded({{"b", 0.5}, {"a", std::nullopt}})) == Fold::Outcome::kDone);
  SortedSet after;
  REQUIRE(folding.finish(&after) == Fold::Outcome::kDone);
  CHECK(members(after) == encoded({{"b", 0.5}}));
  CHECK(set.score("a") == 1);
}

TEST_CASE("bytes that are no changes are refused, wherever they stand") {
  const std::string good = encoded({{"a", 1}, {"b", 2}});
  std::string nan = encoded({{"a", 1}});
  nan.replace(nan.size() - 8, 8, std::string("\0\0\0\0\0\0\xF8\x7F", 8));
  for (const std::string& wrong :
       {std::string("\x03"), std::string("\0", 1), std::string("hello"), nan,
        std::string("\x01\xFF\xFF\xFF\xFF\xFF", 6), std::string("\x01\xFF\xFF\xFF\xFF\x7F", 6)}) {
    SortedSet set;
    CHECK(fold(wrong, 100, &set) == Fold::Outcome::kWrong);
    CHECK(fold(good + wrong + good, 3, &set) == Fold::Outcome::kWrong);
  }
  for (std::size_t size = 1; size < good.size(); ++size) {
    SortedSet set;
    if (size == good.size() / 2) continue;  // one whole change
    CHECK(fold(good.substr(0, size), 100, &set) == Fold::Outcome::kWrong);
  }
}

TEST_CASE("a fold ends where the set passes the limit") {
  std::string bytes;
  for (int i = 0; i < 10'000; ++i) append_change({"member " + std::to_string(i), i * 1.0}, &bytes);
  SortedSet set;
  CHECK(fold(bytes, 4'096, &set, 100'000) == Fold::Outcome::kTooLarge);
  CHECK(fold(bytes, 4'096, &set, 2'000'000) == Fold::Outcome::kDone);
  // A length that is a lie takes no memory.
  CHECK(fold(std::string("\x01\xFF\xFF\xFF\xFF\x0F", 6) + bytes, 4'096, &set, 100'000) ==
        Fold::Outcome::kTooLarge);
}
