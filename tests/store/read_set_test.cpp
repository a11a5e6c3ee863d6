#include "src/store/read_set.h"

#include <random>
#include <string>

#include <doctest/doctest.h>

using namespace kvstore;

TEST_CASE("a prefix is the range of the keys that begin with it") {
  CHECK(KeyRange::of_prefix("ab").to == "ac");
  CHECK(KeyRange::of_prefix("a\xFF\xFF").to == "b");
  CHECK(!KeyRange::of_prefix("").to);
  CHECK(!KeyRange::of_prefix("\xFF").to);
}

TEST_CASE("a read set covers its keys and the keys within its ranges") {
  ReadSet reads;
  CHECK(reads.is_empty());
  reads.add_key("k");
  reads.add_range({"b", "d"});
  CHECK(reads.covers("k"));
  CHECK(reads.covers("b"));
  CHECK(reads.covers("cz"));
  CHECK(!reads.covers("d"));
  CHECK(!reads.covers("a"));
  CHECK(!reads.covers("ka"));
  reads.add_range({"x", std::nullopt});
  CHECK(reads.covers("\xFF"));
}

TEST_CASE("ranges that touch become one, whose memory does not grow") {
  ReadSet reads;
  reads.add_range({"", "b"});
  const std::uint64_t once = reads.memory();
  for (int i = 0; i < 100; ++i) reads.add_range({"a", "b"});
  reads.add_range({"b", "c"});
  reads.add_range({"d", "d"});  // nothing
  CHECK(reads.memory() <= once + 1);
  CHECK(reads.covers("bb"));
  CHECK(!reads.covers("c"));
}

TEST_CASE("a read set of random ranges covers what any of them does") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    ReadSet reads;
    bool covered[64] = {};
    for (int i = 0; i < 8; ++i) {
      const int from = static_cast<int>(random() % 64), size = static_cast<int>(random() % 12);
      const int to = from + size;
      const auto key = [](int number) { return std::string(1, static_cast<char>(number)); };
      reads.add_range({key(from), to < 64 ? std::optional(key(to)) : std::nullopt});
      for (int at = from; at < to && at < 64; ++at) covered[at] = true;
    }
    for (int at = 0; at < 64; ++at) {
      CAPTURE(at);
      CHECK(reads.covers(std::string(1, static_cast<char>(at))) == covered[at]);
    }
  }
}
