// The checker of linearizability against histories whose verdict is known, and
// against trying every order.
#include <algorithm>
#include <random>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/linearizability.h"

using namespace kvstore::testing;
using Kind = Operation::Kind;

namespace {

Operation op(Kind kind, std::string value, std::string answer, std::uint64_t called,
             std::uint64_t returned) {
  return {kind, std::move(value), std::move(answer), called, returned};
}

// Every order of all operations (at most 7), by the definition.
bool some_order_explains(const History& history) {
  std::vector<Operation> all;
  for (const auto& thread : history) all.insert(all.end(), thread.begin(), thread.end());
  std::vector<std::size_t> order(all.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto explains = [&] {
    std::optional<std::string> value;
    for (std::size_t i = 0; i < order.size(); ++i) {
      for (std::size_t j = i + 1; j < order.size(); ++j) {
        if (all[order[j]].returned < all[order[i]].called) return false;
      }
      if (answer_of(all[order[i]], &value) != all[order[i]].answer) return false;
    }
    return true;
  };
  do {
    if (explains()) return true;
  } while (std::next_permutation(order.begin(), order.end()));
  return false;
}

// Small histories with likely answers: linearizable about half of the time.
History random_history(std::mt19937_64& random) {
  static const std::vector<std::string> kReads = {"nil", "=a", "=b", "=ab", "=ba"};
  History history(3);
  for (std::size_t thread = 0; thread < 3; ++thread) {
    std::uint64_t time = thread + random() % 4 * 3;  // no two times are equal
    for (int i = 0; i < 2; ++i) {
      const std::string word = random() % 2 ? "a" : "b";
      const auto called = time += 3 * (1 + random() % 3), returned = time += 3 * (1 + random() % 6);
      switch (random() % 4) {
        case 0:
          history[thread].push_back(
              op(Kind::kSet, word, random() % 2 ? "new" : "old", called, returned));
          break;
        case 1:
          history[thread].push_back(
              op(Kind::kAppend, word, random() % 2 ? "1" : "2", called, returned));
          break;
        case 2:
          history[thread].push_back(
              op(Kind::kRemove, "", random() % 2 ? "old" : "nil", called, returned));
          break;
        default:
          history[thread].push_back(
              op(Kind::kGet, "", kReads[random() % kReads.size()], called, returned));
      }
    }
  }
  return history;
}

}  // namespace

TEST_CASE("what one thread sees after another is in order, or a violation") {
  const Operation set = op(Kind::kSet, "a", "new", 1, 2);
  CHECK(!find_violation({{set}, {op(Kind::kGet, "", "=a", 3, 4)}}));
  CHECK(find_violation({{set}, {op(Kind::kGet, "", "nil", 3, 4)}}));
  CHECK(find_violation({{set}, {op(Kind::kGet, "", "=b", 3, 4)}}));
}

TEST_CASE("what is going on at once may be seen or not, but not seen and then unseen") {
  const Operation set = op(Kind::kSet, "a", "new", 1, 9);
  CHECK(
      !find_violation({{set}, {op(Kind::kGet, "", "nil", 2, 3), op(Kind::kGet, "", "=a", 4, 5)}}));
  CHECK(find_violation({{set}, {op(Kind::kGet, "", "=a", 2, 3), op(Kind::kGet, "", "nil", 4, 5)}}));
  CHECK(
      find_violation({{set}, {op(Kind::kGet, "", "=a", 2, 3)}, {op(Kind::kGet, "", "nil", 4, 5)}}));
}

TEST_CASE("an operation that never returned may have happened, at any time or not at all") {
  const Operation lost = op(Kind::kSet, "a", "", 1, kNever);
  CHECK(!find_violation({{lost}, {op(Kind::kGet, "", "nil", 5, 6)}}));
  CHECK(
      !find_violation({{lost}, {op(Kind::kGet, "", "nil", 5, 6), op(Kind::kGet, "", "=a", 7, 8)}}));
  CHECK(find_violation({{lost}, {op(Kind::kGet, "", "=b", 5, 6)}}));
}

TEST_CASE("two appends at once come in one order for everybody, and neither is lost") {
  const Operation a = op(Kind::kAppend, "a", "", 1, 5), b = op(Kind::kAppend, "b", "", 1, 5);
  CHECK(!find_violation({{a}, {b}, {op(Kind::kGet, "", "=ba", 6, 7)}}));
  CHECK(find_violation({{a}, {b}, {op(Kind::kGet, "", "=a", 6, 7)}}));
  CHECK(find_violation(
      {{a}, {b}, {op(Kind::kGet, "", "=a", 2, 3), op(Kind::kGet, "", "=ba", 6, 7)}}));
}

TEST_CASE("the checker says what trying every order says") {
  std::mt19937_64 random(7);
  int linearizable = 0;
  for (int i = 0; i < 3000; ++i) {
    CAPTURE(i);
    const History history = random_history(random);
    const bool explained = some_order_explains(history);
    CHECK(!find_violation(history).has_value() == explained);
    linearizable += explained;
  }
  CHECK(linearizable > 30);
  CHECK(linearizable < 2970);
}
