#include "src/log/plain_record.h"

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "src/log/record.h"

using namespace kvstore::log;

namespace {

constexpr std::uint64_t kAt = 4096;

struct Buffer {
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(1 << 15);
  Binding binding{Id{1, 2, 3}};

  View view() const { return {bytes.data(), bytes.size(), &binding}; }
  void put(const Draft& draft) {
    std::fill(bytes.begin(), bytes.end(), std::uint8_t{0});
    publish_header(bytes.data(), kAt, build_record(draft, binding, bytes.data(), kAt));
  }
  // What the long way finds: the value, if head and body are valid and it is all there is.
  bool is_whole_value(std::string_view key) const {
    Record record;
    return view().header(kAt, &record) == HeaderCheck::kValid && record.key() == key &&
           record.kind == Kind::kSet && record.total == record.value_size && !record.is_encoded() &&
           record.expires == 0 && body_is_valid(record, binding);
  }
};

Draft draft_of(std::string_view key, std::string_view value) {
  Draft draft;
  draft.kind = Kind::kSet;
  draft.flags = kChainStart;
  draft.epoch = 1;
  draft.seq = 7;
  draft.key = key;
  draft.value = value;
  return draft;
}

}  // namespace

TEST_CASE("the value of a SET by itself is found by the short way, whatever its sizes") {
  Buffer log;
  for (std::size_t key_size = 0; key_size <= 40; ++key_size) {
    for (std::size_t value_size : {0, 1, 7, 8, 15, 100, 333, 1023, 1024}) {
      const std::string key(key_size, 'k'), value(value_size, 'v');
      Draft draft = draft_of(key, value);
      for (const bool chained : {false, true}) {
        draft.chained = chained;
        draft.total = value_size;
        log.put(draft);
        const auto found = plain_value(log.view(), kAt, key);
        REQUIRE(found);
        CHECK(*found == value);
        CHECK_FALSE(plain_value(log.view(), kAt, key + "x"));
        if (key_size > 0) CHECK_FALSE(plain_value(log.view(), kAt, std::string(key_size, 'j')));
      }
    }
  }
}

TEST_CASE("what says more than its value is left to the long way") {
  Buffer log;
  const std::string value(100, 'v'), large(1025, 'v');
  const auto is_plain = [&](void (*change)(Draft*), std::string_view of) {
    Draft draft = draft_of("key", of);
    change(&draft);
    log.put(draft);
    return plain_value(log.view(), kAt, "key").has_value();
  };
  CHECK(is_plain([](Draft*) {}, value));
  CHECK_FALSE(is_plain([](Draft*) {}, large));
  CHECK_FALSE(is_plain([](Draft* draft) { draft->kind = Kind::kAppend; }, value));
  CHECK_FALSE(is_plain([](Draft* draft) { draft->kind = Kind::kDelete; }, value));
  CHECK_FALSE(is_plain([](Draft* draft) { draft->kind = Kind::kHole; }, value));
  CHECK_FALSE(is_plain([](Draft* draft) { draft->expires = 1; }, value));
  CHECK_FALSE(is_plain([](Draft* draft) { draft->durable = kAt; }, value));
  CHECK_FALSE(is_plain([](Draft* draft) { draft->flags |= 0x10; }, value));
  CHECK_FALSE(is_plain([](Draft* draft) { draft->batch_count = 1; }, value));
  CHECK_FALSE(is_plain([](Draft* draft) { draft->chained = true, draft->total = 101; }, value));
}

TEST_CASE("no flipped bit and no end of the bytes passes for a value") {
  Buffer log;
  const std::string key = "user:0000000001", value(100, 'v');
  for (const bool chained : {false, true}) {
    Draft draft = draft_of(key, value);
    draft.chained = chained;
    draft.total = value.size();
    log.put(draft);
    for (std::size_t bit = 0; bit < draft.size() * 8; ++bit) {
      std::uint8_t& byte = log.bytes[kAt + bit / 8];
      byte ^= static_cast<std::uint8_t>(1U << bit % 8);
      CAPTURE(bit);
      CHECK_FALSE(plain_value(log.view(), kAt, key));
      byte ^= static_cast<std::uint8_t>(1U << bit % 8);
    }
    for (std::uint64_t limit = 0; limit < kAt + draft.size(); ++limit) {
      CHECK_FALSE(plain_value(log.view().up_to(limit), kAt, key));
    }
    CHECK_FALSE(plain_value(log.view(), kAt + 4, key));
    CHECK_FALSE(plain_value(log.view(), UINT64_MAX - 7, key));
  }
}

TEST_CASE("a record of another epoch, or of a range that holds none, is not found") {
  Buffer log;
  log.put(draft_of("key", "value"));
  ValidityMap validity;
  View view = log.view();
  view.validity = &validity;
  validity.add_epoch(kAt, 1);
  CHECK(plain_value(view, kAt, "key"));
  validity.add_damage(kAt, kAt + 64);
  CHECK_FALSE(plain_value(view, kAt, "key"));
  ValidityMap other;
  other.add_epoch(kAt, 2);
  view.validity = &other;
  CHECK_FALSE(plain_value(view, kAt, "key"));
}

TEST_CASE("the short way finds nothing that the long way does not") {
  std::mt19937 random(26);
  Buffer log;
  int found = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::string key(random() % 24, 'k'), value(random() % 1100, 'v');
    Draft draft = draft_of(key, value);
    const Kind kinds[] = {Kind::kSet, Kind::kSet, Kind::kSet, Kind::kAppend, Kind::kDelete};
    draft.kind = kinds[random() % 5];
    if (random() % 8 == 0) draft.flags = static_cast<std::uint8_t>(random());
    draft.chained = random() % 2 == 0;
    draft.total = random() % 4 ? value.size() : random();
    if (random() % 8 == 0) draft.expires = random();
    log.put(draft);
    if (random() % 4 == 0) log.bytes[kAt + random() % draft.size()] ^= random() % 3;
    const auto plain = plain_value(log.view(), kAt, key);
    if (plain) ++found;
    if (plain) CHECK(*plain == value);
    if (plain) CHECK(log.is_whole_value(key));
  }
  CHECK(found > 2000);
}

TEST_CASE("an append that continues a value is found by the short way") {
  Buffer log;
  Draft draft = draft_of("key", "piece");
  draft.kind = Kind::kAppend;
  draft.flags = 0;
  draft.chained = true;
  draft.ordinal = 3;
  draft.total = 1000;
  draft.prev = 4088;
  log.put(draft);
  const auto found = plain_append(log.view(), kAt);
  REQUIRE(found);
  CHECK(found->bytes == "piece");
  CHECK(found->total == 1000);
  CHECK(found->prev == 4088);
  CHECK_FALSE(plain_value(log.view(), kAt, "key"));
  for (std::size_t bit = 0; bit < draft.size() * 8; ++bit) {
    log.bytes[kAt + bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    CHECK_FALSE(plain_append(log.view(), kAt));
    log.bytes[kAt + bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
  }
  const auto is_plain = [&](void (*change)(Draft*)) {
    Draft other = draft;
    change(&other);
    log.put(other);
    return plain_append(log.view(), kAt).has_value();
  };
  CHECK_FALSE(is_plain([](Draft* of) { of->flags = kChainStart; }));
  CHECK_FALSE(is_plain([](Draft* of) { of->chained = false; }));
  CHECK_FALSE(is_plain([](Draft* of) { of->kind = Kind::kSet; }));
  CHECK_FALSE(is_plain([](Draft* of) { of->expires = 1; }));
  CHECK_FALSE(is_plain([](Draft* of) { of->prev = kAt; }));
}
