// Bytes that were planted in a value, for the moment when the header of the record
// around them rots, never become a record.
#include "src/log/resync.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "src/base/hash.h"
#include "src/log/scanner.h"

using namespace kvstore::log;

namespace {

// A log under construction, each record as the writer would make it.
struct Bytes {
  std::vector<std::uint8_t> data = std::vector<std::uint8_t>(1 << 16);
  Binding binding{Id{}};
  std::uint64_t end = kHeaderPageSize;
  std::uint64_t seq = 0;
  std::uint32_t last_key = 0;

  View view() const { return {data.data(), data.size(), &binding}; }
  Draft draft(std::string_view key, std::string_view value) const {
    Draft draft;
    draft.kind = Kind::kSet;
    draft.type = 1;
    draft.flags = kChainStart;
    draft.epoch = 1;
    draft.key = key;
    draft.value = value;
    return draft;
  }
  void build(const Draft& draft, std::uint64_t offset) {
    publish_header(data.data(), offset, build_record(draft, binding, data.data(), offset));
  }
  std::uint64_t add(std::string_view key, std::string_view value) {
    Draft made = draft(key, value);
    made.seq = made.time = ++seq;
    made.prev_key_hash = last_key;
    build(made, end);
    last_key = static_cast<std::uint32_t>(kvstore::hash_key(key));
    const std::uint64_t offset = end;
    end += made.size();
    return offset;
  }
  // Into the value of the record at `around`, `at` bytes after its beginning.
  void plant(std::uint64_t around, std::uint64_t at, std::string_view key, std::uint64_t its_seq,
             std::uint32_t prev_key_hash, std::uint8_t flags = 0) {
    Draft planted = draft(key, "EVIL");
    planted.seq = planted.time = its_seq;
    planted.flags |= flags;
    planted.prev_key_hash = prev_key_hash;
    build(planted, around + at);
  }
  // The keys of all records that a scan finds.
  std::string keys(const std::optional<KnownEnd>& known = std::nullopt) const {
    Scanner scanner(view());
    scanner.set_known_end(known);
    std::string found;
    for (auto step = scanner.next(); step != Scanner::Step::kZeros && step != Scanner::Step::kEnd;
         step = scanner.next()) {
      found += step == Scanner::Step::kRecord ? std::string(scanner.record().key()) : "-";
    }
    return found;
  }
};

std::uint32_t hash_of(std::string_view key) {
  return static_cast<std::uint32_t>(kvstore::hash_key(key));
}

const std::string kLong(2000, 'v');

}  // namespace

TEST_CASE("a planted record has no room between the seqs on both sides") {
  for (const std::uint64_t its_seq : {2, 3, 4, 100}) {
    for (const std::uint32_t prev_key_hash : {std::uint32_t{0}, hash_of("a")}) {
      CAPTURE(its_seq);
      Bytes log;
      log.add("a", "1");
      const std::uint64_t around = log.add("v", kLong);
      log.add("z", "1");
      log.plant(around, 200, "a", its_seq, prev_key_hash);
      log.data[around + 20] ^= 1;
      CHECK(log.keys() == "a-z");
    }
  }
}

TEST_CASE("many planted records in a row do not outweigh the end of the log") {
  Bytes log;
  log.add("a", "1");
  const std::uint64_t around = log.add("v", kLong);
  log.add("z", "1");
  std::uint32_t prev_key_hash = 0;
  for (std::uint64_t i = 0; i < 20; ++i) {
    log.plant(around, 200 + 56 * i, "a", 3 + i, prev_key_hash);
    prev_key_hash = hash_of("a");
  }
  log.data[around + 20] ^= 1;
  CHECK(log.keys() == "a-z");
}

TEST_CASE("a planted record that ends where a good one begins does not take that along") {
  Bytes log;
  log.add("a", "1");
  const std::string value(64, 'v');
  const std::uint64_t around = log.add("v", value);
  log.add("z", "1");
  log.add("y", "1");
  const std::uint64_t end = around + record_size(0, 1, value.size());
  const std::uint64_t size = record_size(0, 1, 4);
  log.plant(around, end - size - around, "v", 2, hash_of("a"));
  log.data[around + 20] ^= 1;
  CHECK(log.keys() == "a-zy");
}

TEST_CASE("a planted record at the end of a log contradicts what its slot says") {
  Bytes log;
  log.add("a", "1");
  const std::uint64_t around = log.add("v", kLong);
  log.plant(around, 200, "a", 9, 0);
  log.data[around + 20] ^= 1;
  CHECK(log.keys(KnownEnd{log.end, 2, hash_of("v"), true}) == "a-");
}

TEST_CASE("good records between damaged ones are all found, planted ones in any of them are not") {
  Bytes log;
  std::vector<std::uint64_t> damaged;
  log.add("a", "1");
  for (int i = 0; i < 5; ++i) {
    damaged.push_back(log.add("v", kLong));
    for (const char* key : {"b", "c", "d"}) log.add(key, "1");
  }
  // The worst: a seq that would fit if the good ones before it were none.
  for (std::size_t i = 0; i < damaged.size(); ++i) log.plant(damaged[i], 200, "a", 3 + i, 0);
  for (const std::uint64_t around : damaged) log.data[around + 20] ^= 1;
  CHECK(log.keys() == "a-bcd-bcd-bcd-bcd-bcd");
}

TEST_CASE("a planted batch member without its batch's first is none, wherever it stands") {
  for (const std::uint8_t flags : {kBatchMember, static_cast<Flag>(kBatchMember | kAfterBatch)}) {
    for (const std::uint64_t its_seq : {1, 2, 3}) {
      CAPTURE(its_seq);
      for (const char* key : {"a", "v"}) {
        Bytes log;
        log.add("a", "1");
        const std::string value(160, 'v');
        const std::uint64_t around = log.add("v", value);
        const std::uint64_t end = log.end;
        const bool is_last = its_seq == 1;
        if (!is_last) log.add("z", "1");
        const std::uint64_t size = record_size(0, 1, 4);
        const KnownEnd known{log.end, log.seq, log.last_key, true};
        for (const std::uint64_t at : {std::uint64_t{72}, end - size - around}) {
          Bytes planted = log;
          planted.plant(around, at, key, is_last ? 2 : its_seq, hash_of("a"), flags);
          planted.data[around + 20] ^= 1;
          CHECK(planted.keys(known) == (is_last ? "a-" : "a-z"));
        }
      }
    }
  }
}
