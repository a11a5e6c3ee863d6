#include "src/sorted_set/sorted_set.h"

#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using kvstore::MemberChange;
using kvstore::SortedSet;
using kvstore::SortedSetBuilder;

namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

// The same set by the standard's containers.
struct Model {
  std::map<std::string, double> scores;
  std::set<std::pair<double, std::string>> order;

  void set(const std::string& name, double score) {
    const auto found = scores.find(name);
    if (found != scores.end() && found->second == score) return;
    erase(name);
    scores[name] = score;
    order.emplace(score, name);
  }
  void erase(const std::string& name) {
    const auto found = scores.find(name);
    if (found == scores.end()) return;
    order.erase({found->second, name});
    scores.erase(found);
  }
};

std::vector<std::pair<double, std::string>> members_of(const SortedSet& set) {
  std::vector<std::pair<double, std::string>> all;
  for (auto at = set.cursor(0); at.valid(); at.next()) {
    all.emplace_back(at.member().score, std::string(at.member().name));
  }
  return all;
}

void check_order(const SortedSet& set, const Model& model) {
  REQUIRE(set.size() == model.order.size());
  REQUIRE(members_of(set) == std::vector(model.order.begin(), model.order.end()));
}

void check_backwards(const SortedSet& set) {
  if (set.size() == 0) return;
  std::uint64_t rank = set.size();
  for (auto at = set.cursor(rank - 1); at.valid(); at.prev()) {
    --rank;
    REQUIRE(at.member().name == set.at(rank).name);
  }
  REQUIRE(rank == 0);
}

void check_look_ups(const SortedSet& set, const Model& model, std::mt19937_64& random) {
  std::uint64_t rank = 0;
  for (const auto& [score, name] : model.order) {
    if (random() % 7 == 0) {
      REQUIRE(set.rank(name) == rank);
      REQUIRE(set.score(name) == score);
      REQUIRE(set.at(rank).name == name);
      const auto low = model.order.lower_bound({score, ""});
      auto high = low;
      while (high != model.order.end() && high->first == score) ++high;
      const auto place = [&](auto where) {
        return static_cast<std::uint64_t>(std::distance(model.order.begin(), where));
      };
      REQUIRE(set.count_below(score, false) == place(low));
      REQUIRE(set.count_below(score, true) == place(high));
    }
    ++rank;
  }
  CHECK_FALSE(set.score("no such member"));
  CHECK_FALSE(set.rank("no such member"));
}

// Names that share much, hold zeros, and are short and long; scores that are often the same.
std::string odd_name(std::mt19937_64& random, std::uint64_t names) {
  const std::string number = std::to_string(random() % names);
  switch (number.back()) {
    case '0':
      return std::string("\0", 1) + number;
    case '1':
      return std::string(100, 'x') + number;
    case '2':
      return "member:" + number;
    default:
      return number;
  }
}

double odd_score(std::mt19937_64& random) {
  static const double kScores[] = {0, -0.0, 1, 1.5, -1, kInfinite, -kInfinite, 1e300, 5e-324};
  const std::uint64_t choice = random() % 20;
  return choice < 9 ? kScores[choice] : static_cast<double>(random() % 1000) / 8;
}

void run_against_model(std::uint64_t seed, std::uint64_t names, int steps, unsigned removals) {
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  SortedSet set;
  Model model;
  std::vector<std::pair<SortedSet, Model>> kept;
  for (int step = 0; step < steps; ++step) {
    const std::string name = odd_name(random, names);
    if (random() % 100 < removals) {
      REQUIRE(set.erase(name) == model.scores.contains(name));
      model.erase(name);
    } else {
      const double score = odd_score(random);
      REQUIRE(set.set(name, score) == !model.scores.contains(name));
      model.set(name, score);
    }
    if (random() % (steps / 10) == 0) {
      check_order(set, model);
      check_backwards(set);
      check_look_ups(set, model, random);
    }
    if (random() % (steps / 5) == 0) kept.emplace_back(set, model);
    if (!kept.empty() && random() % (steps / 3) == 0) std::tie(set, model) = kept.back();
  }
  check_order(set, model);
  for (const auto& [then, model_then] : kept) {
    check_order(then, model_then);
    check_look_ups(then, model_then, random);
  }
}

std::string numbered(std::uint64_t number) { return "member:" + std::to_string(number); }

}  // namespace

TEST_CASE("a set is what the standard's containers make of the same changes") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    run_against_model(seed, 40, 2'000, 45);
    run_against_model(seed, 3'000, 8'000, 20);
    run_against_model(seed, 3'000, 8'000, 70);
  }
}

TEST_CASE("a set that has become empty takes no memory and can be filled again") {
  SortedSet set;
  for (int round = 0; round < 3; ++round) {
    for (std::uint64_t i = 0; i < 5'000; ++i) set.set(numbered(i), static_cast<double>(i % 17));
    for (std::uint64_t i = 0; i < 5'000; ++i) REQUIRE(set.erase(numbered(i * 7 % 5'000)));
    CHECK(set.size() == 0);
    CHECK(set.memory() == 0);
    CHECK(set.stored_size() == 0);
    CHECK_FALSE(set.cursor(0).valid());
    CHECK_FALSE(set.erase("member:1"));
  }
}

TEST_CASE("copies keep what they were, whichever is changed and whichever goes first") {
  SortedSet set;
  for (std::uint64_t i = 0; i < 10'000; ++i) set.set(numbered(i), static_cast<double>(i));
  SortedSet copy = set;
  for (std::uint64_t i = 0; i < 10'000; i += 2) set.erase(numbered(i));
  for (std::uint64_t i = 1; i < 10'000; i += 2) set.set(numbered(i), -1.0);
  CHECK(copy.size() == 10'000);
  CHECK(copy.at(4'000).name == numbered(4'000));
  CHECK(copy.score(numbered(4'001)) == 4'001.0);
  CHECK(set.size() == 5'000);
  CHECK(set.score(numbered(4'001)) == -1.0);
  const SortedSet other = std::exchange(copy, SortedSet());
  set = SortedSet();
  CHECK(other.rank(numbered(9'999)) == 9'999);
  CHECK(other.at(9'999).name == numbered(9'999));
}

TEST_CASE("zeros of both signs are one score, and what was set first stays") {
  SortedSet set;
  CHECK(set.set("a", -0.0));
  CHECK_FALSE(set.set("a", 0.0));
  CHECK(std::signbit(*set.score("a")));
  set.set("b", 0.0);
  CHECK(set.at(0).name == "a");
  CHECK(set.count_below(-0.0, false) == 0);
  CHECK(set.count_below(0.0, true) == 2);
}

TEST_CASE("names are counted where all scores are the same") {
  SortedSet set;
  for (const char* name : {"", "a", "b", "ba", "c"}) set.set(name, 3);
  CHECK(set.count_below_name("", false) == 0);
  CHECK(set.count_below_name("", true) == 1);
  CHECK(set.count_below_name("b", false) == 2);
  CHECK(set.count_below_name("b", true) == 3);
  CHECK(set.count_below_name("bz", true) == 4);
  CHECK(set.count_below_name("z", false) == 5);
}

TEST_CASE("a name may be a view of the member that moves") {
  SortedSet set;
  for (std::uint64_t i = 0; i < 1'000; ++i) set.set(numbered(i), static_cast<double>(i));
  for (int i = 0; i < 1'000; ++i) set.set(set.at(0).name, 2'000.0 + i);
  CHECK(set.at(0).name == numbered(0));
  CHECK(set.at(999).score == 2'999);
  CHECK(set.erase(set.at(500).name));
  CHECK(set.size() == 999);
}

TEST_CASE("a builder makes the same set of members in order") {
  for (const std::uint64_t count : {0u, 1u, 56u, 57u, 5'000u}) {
    SortedSet one_by_one;
    SortedSetBuilder builder;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string name = numbered(10'000 + i);
      one_by_one.set(name, static_cast<double>(i / 3));
      builder.add({name, static_cast<double>(i / 3)});
    }
    SortedSet built = builder.finish();
    CHECK(members_of(built) == members_of(one_by_one));
    CHECK(built.stored_size() == one_by_one.stored_size());
    for (std::uint64_t i = 0; i < count; ++i) {
      REQUIRE(built.rank(numbered(10'000 + i)) == i);
    }
    for (std::uint64_t i = 0; i < count; ++i) REQUIRE(built.set(numbered(i), 7));
    CHECK(built.size() == 2 * count);
  }
}

TEST_CASE("a builder makes what the changes make one by one") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    SortedSet one_by_one;
    SortedSetBuilder builder;
    for (std::uint64_t i = random() % 3'000; i > 0; --i) {
      const std::string name = odd_name(random, 1 + random() % 1'500);
      MemberChange change{name, std::nullopt};
      if (random() % 3 != 0) change.score = odd_score(random);
      one_by_one.apply(change);
      builder.add(change);
    }
    SortedSet built = builder.finish();
    REQUIRE(members_of(built) == members_of(one_by_one));
    CHECK(built.stored_size() == one_by_one.stored_size());
    while (built.size() > 0) REQUIRE(built.erase(std::string(built.at(0).name)));
    CHECK(built.memory() == 0);
  }
}

TEST_CASE("a set takes at most 100 bytes a member beside its name, as memory() says") {
  std::mt19937_64 random(3);
  SortedSet rising, random_order;
  constexpr std::uint64_t kMembers = 50'000;
  std::size_t names = 0;
  for (std::uint64_t i = 0; i < kMembers; ++i) {
    const std::string name = numbered(i);
    names += name.size();
    rising.set(name, static_cast<double>(i));
    random_order.set(name, static_cast<double>(random()));
  }
  for (const SortedSet* set : {&rising, &random_order}) {
    const double each = static_cast<double>(set->memory() - names) / kMembers;
    INFO(each);
    CHECK(each <= 100);
    CHECK(each >= 40);
  }
}

TEST_CASE("a scan with a cursor of another process begins anew") {
  SortedSet set;
  for (int i = 0; i < 1000; ++i) set.set("m" + std::to_string(i), i);
  std::vector<std::string> seen;
  const auto step = [&](std::uint64_t cursor) {
    seen.clear();
    return set.scan(cursor, 10, [&](const SortedSet::Member& one) { seen.emplace_back(one.name); });
  };
  const std::uint64_t second = step(0);
  const std::vector<std::string> first = seen;
  const std::uint64_t third = step(second);
  CHECK(seen != first);
  for (const std::uint64_t foreign : {third ^ 2, third + 1, third >> 1, std::uint64_t{12345}}) {
    CHECK(step(foreign) == second);
    CHECK(seen == first);
  }
}

TEST_CASE("readers keep copies while a writer changes the set") {
  SortedSet set;
  for (std::uint64_t i = 0; i < 2'000; ++i) set.set(numbered(i), 0);
  // All scores are the same in each version that readers are given.
  std::mutex mutex;
  SortedSet shown = set;
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        SortedSet mine;
        {
          const std::lock_guard lock(mutex);
          mine = shown;
        }
        const double score = mine.at(0).score;
        std::uint64_t seen = 0;
        for (auto at = mine.cursor(0); at.valid(); at.next(), ++seen) {
          if (at.member().score != score) ++wrong;
        }
        if (seen != 2'000) ++wrong;
      }
    });
  }
  for (int round = 1; round <= 60; ++round) {
    SortedSet next = shown;
    for (std::uint64_t i = 0; i < 2'000; ++i) next.set(numbered(i), round);
    const std::lock_guard lock(mutex);
    shown = std::move(next);
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong == 0);
}
