#include "src/log/record.h"

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "src/base/crc32c.h"
#include "src/log/recovery_scan.h"
#include "src/log/scanner.h"

using namespace kvstore::log;

namespace {

constexpr std::uint64_t kAt = 4096;

struct Buffer {
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(1 << 16);
  Binding binding{Id{1, 2, 3}};
  std::uint64_t end = kAt;

  View view() const { return {bytes.data(), bytes.size(), &binding}; }
  std::uint64_t add(Draft draft) {
    const std::uint64_t offset = end;
    publish_header(bytes.data(), offset, build_record(draft, binding, bytes.data(), offset));
    end += draft.size();
    return offset;
  }
  // As a hostile hand can: what the head says, with a checksum that fits.
  void sign(std::uint64_t offset) {
    std::uint8_t* at = bytes.data() + offset;
    const std::size_t size = 48 + at[11] * 8u + (at[12] | at[13] << 8);
    publish_header(bytes.data(), offset,
                   kvstore::crc32c(binding.header_seed(offset), at + 4, size - 4));
  }
};

Draft draft_of(std::string_view key, std::string_view value, std::uint64_t seq) {
  Draft draft;
  draft.kind = Kind::kSet;
  draft.type = 1;
  draft.flags = kChainStart;
  draft.epoch = 1;
  draft.seq = seq;
  draft.key = key;
  draft.value = value;
  return draft;
}

}  // namespace

TEST_CASE("a record is read back with all its extensions") {
  Buffer log;
  Draft draft = draft_of("key", "value", 9);
  draft.chained = true;
  draft.ordinal = 5;
  draft.since_start = 6;
  draft.skip = 4000;
  draft.total = kMaxOffset;
  draft.expires = kMaxOffset;
  draft.durable = 4096;
  draft.batch_count = 2;
  draft.batch_length = 200;
  draft.prev = 4088;
  log.add(draft);
  Record record;
  REQUIRE(log.view().header(kAt, &record) == HeaderCheck::kValid);
  CHECK(record.key() == "key");
  CHECK(record.stored() == "value");
  CHECK(record.ordinal == 5);
  CHECK(record.since_start == 6);
  CHECK(record.skip == 4000);
  CHECK(record.total == kMaxOffset);
  CHECK(record.expires == kMaxOffset);
  CHECK(record.durable == 4096);
  CHECK(record.batch_count == 2);
  CHECK(record.batch_length == 200);
  CHECK(record.prev == 4088);
  CHECK(body_is_valid(record, log.binding));
  CHECK(record.end() == log.end);
}

TEST_CASE("a record is bound to its file and its offset") {
  Buffer log;
  log.add(draft_of("key", "value", 1));
  Record record;
  const Binding other(Id{9});
  CHECK(read_header(log.bytes.data(), kAt, log.bytes.size(), other, &record) == HeaderCheck::kBad);
  std::memcpy(log.bytes.data() + 8192, log.bytes.data() + kAt, 64);
  CHECK(log.view().header(8192, &record) == HeaderCheck::kBad);
  CHECK(log.view().header(kAt + 4, &record) == HeaderCheck::kBad);
  CHECK(log.view().header(log.bytes.size() - 40, &record) == HeaderCheck::kBad);
  CHECK(log.view().header(UINT64_MAX - 7, &record) == HeaderCheck::kBad);
  CHECK(log.view().header(16384, &record) == HeaderCheck::kZero);
}

TEST_CASE("every flipped bit of a record is found") {
  for (const std::size_t size : {0, 5, 1024, 1025, 4096, 9000}) {
    Buffer log;
    const std::string value(size, 'v');
    log.add(draft_of("key", value, 1));
    for (std::uint64_t at = kAt; at < log.end; ++at) {
      log.bytes[at] ^= static_cast<std::uint8_t>(1u << at % 8);
      Record record;
      const bool good = log.view().header(kAt, &record) == HeaderCheck::kValid &&
                        body_is_valid(record, log.binding);
      CHECK_FALSE(good);
      log.bytes[at] ^= static_cast<std::uint8_t>(1u << at % 8);
    }
  }
}

TEST_CASE(
    "heads signed by a hostile hand are read within their bounds, scanned and surveyed to an end") {
  std::mt19937_64 random(20261121);
  for (int round = 0; round < 3000; ++round) {
    Buffer log;
    log.bytes.resize(12288);
    log.bytes.shrink_to_fit();
    for (std::uint64_t seq = 1; log.end < log.bytes.size() - 600; ++seq) {
      const std::string key = "k" + std::to_string(random() % 3), value(random() % 100, 'v');
      Draft draft = draft_of(key, value, seq);
      draft.chained = random() % 2;
      draft.expires = random() % 2;
      draft.raw_size = random() % 4 == 0;
      draft.batch_count = random() % 4 == 0;
      const std::uint64_t offset = log.add(draft);
      // Any byte after the sizes, and now and then the sizes too.
      for (int i = 0; i < 3; ++i) {
        const std::uint64_t at = offset + (random() % 8 ? 20 : 8) + random() % 60;
        if (at < log.bytes.size()) log.bytes[at] = static_cast<std::uint8_t>(random());
      }
      const std::uint8_t* head = log.bytes.data() + offset;
      if (offset + 48 + head[11] * 8u + (head[12] | head[13] << 8) <= log.bytes.size())
        log.sign(offset);
    }
    Scanner scanner(log.view(), {kAt});
    int steps = 0;
    for (Scanner::Step step = scanner.next();
         step == Scanner::Step::kRecord || step == Scanner::Step::kBad; step = scanner.next()) {
      if (step == Scanner::Step::kRecord) (void)body_is_valid(scanner.record(), log.binding);
      REQUIRE(++steps < 1000);
    }
    Slot slot;
    slot.durable_end = kAt + random() % 16384;
    for (const bool beside : {false, true}) {
      slot.boot_id[0] = random() % 2 == 0;
      RecoveryScan scan(log.view(), slot, {kvstore::log::Id{1}, beside, random() % 4 == 0});
      (void)scan.run(log.bytes.size(), [](const Record&) {});
      CHECK(scan.end() <= std::max<std::uint64_t>(log.bytes.size(), slot.durable_end));
    }
  }
}

TEST_CASE("a record of a lower epoch or seq is a stale record") {
  Buffer log;
  log.add(draft_of("a", "1", 5));
  Draft stale = draft_of("a", "2", 6);
  Draft next = draft_of("a", "3", 6);
  next.epoch = 2;
  log.add(next);
  stale.seq = 7;
  log.add(stale);
  Scanner scanner(log.view(), {kAt});
  CHECK(scanner.next() == Scanner::Step::kRecord);
  CHECK(scanner.next() == Scanner::Step::kRecord);
  CHECK(scanner.next() == Scanner::Step::kBad);
  CHECK_FALSE(scanner.bad().has_next);
  // Epochs are serial numbers: 1 follows 65,535.
  Buffer wrapped;
  Draft old = draft_of("a", "1", 1);
  old.epoch = 65535;
  wrapped.add(old);
  wrapped.add(draft_of("a", "2", 2));
  Scanner other(wrapped.view(), {kAt});
  CHECK(other.next() == Scanner::Step::kRecord);
  CHECK(other.next() == Scanner::Step::kRecord);
}

TEST_CASE("a reader beside a writer looks again where an extent goes on after the file's end") {
  Buffer log;
  log.add(draft_of("a", "1", 1));
  Draft extent = draft_of("", "", 1);
  extent.kind = Kind::kExtent;
  extent.flags = 0;
  extent.raw_size = 3 * kAt;
  const std::uint64_t at = log.add(extent), end = log.end + extent.raw_size;
  // As the file was when the reader learned of its size, and as it is now.
  const std::uint64_t before = 3 * kAt;
  REQUIRE((at < before && before < end));
  Slot slot;
  slot.durable_end = kAt;
  slot.boot_id = Id{1};
  RecoveryScan scan(log.view(), slot, {Id{1}, true});
  const auto none = [](const Record&) {};
  REQUIRE(scan.run(before, none));
  CHECK(scan.stopped_at_limit());
  CHECK(scan.corrupt().empty());
  CHECK(scan.end() == at);
  REQUIRE(scan.run(log.bytes.size(), none));
  CHECK(scan.corrupt().empty());
  CHECK(scan.end() == end);
}
