// A reader beside a writer has learned the file's size before the writer made it larger, and
// meets what the writer has put across that size since.
#include "src/log/recovery_scan.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace kvstore::log;

namespace {

constexpr std::uint64_t kLimit = 2 * kPage;  // where the file ended when the reader looked
constexpr Id kBoot{1};

// A log of two records, the first small, the second from before kLimit to behind it.
struct Bytes {
  std::vector<std::uint8_t> data = std::vector<std::uint8_t>(4 * kPage);
  Binding binding{Id{}};
  std::uint64_t end = kHeaderPageSize;

  void add(Draft draft) {
    draft.epoch = 1;
    draft.seq = draft.time = 1;
    publish_header(data.data(), end, build_record(draft, binding, data.data(), end));
    end += draft.size() + draft.raw_size;
  }
  void add_small() {
    Draft draft;
    draft.kind = Kind::kSet;
    draft.type = 1;
    draft.flags = kChainStart;
    draft.key = "small";
    add(draft);
  }
  void add_extent() {
    Draft draft;
    draft.kind = Kind::kExtent;
    draft.raw_size = 2 * kPage;
    add(draft);
  }
  View view() const { return {data.data(), kLimit, &binding}; }
};

Slot slot_in_use() {
  Slot slot;
  slot.boot_id = kBoot;
  return slot;
}

std::uint64_t records(RecoveryScan& scan, std::uint64_t limit) {
  std::uint64_t count = 0;
  REQUIRE(scan.run(limit, [&](const Record&) { ++count; }));
  return count;
}

}  // namespace

TEST_CASE("an EXTENT that reaches beyond the size that was looked at is read with the next look") {
  Bytes bytes;
  bytes.add_small();
  const std::uint64_t first_end = bytes.end;
  bytes.add_extent();
  RecoveryScan scan(bytes.view(), slot_in_use(), {kBoot, true, false, false});
  CHECK(records(scan, kLimit) == 1);
  CHECK(scan.corrupt().empty());
  CHECK(scan.stopped_at_limit());
  CHECK(scan.end() == first_end);
  CHECK(records(scan, 4 * kPage) == 1);
  CHECK(scan.corrupt().empty());
  CHECK(scan.end() == bytes.end);
}

TEST_CASE("an EXTENT that reaches beyond a file that does not grow any more was cut") {
  Bytes bytes;
  bytes.add_small();
  bytes.add_extent();
  RecoveryScan scan(bytes.view(), slot_in_use(), {kBoot, true, false, false});
  records(scan, kLimit);
  CHECK(records(scan, kLimit) == 0);
  CHECK(scan.corrupt().size() == 1);
  RecoveryScan alone(bytes.view(), slot_in_use(), {kBoot, false, false, false});
  CHECK(records(alone, kLimit) == 1);
  CHECK(alone.corrupt().size() == 1);
}
