// Files that begin with a base: built, scanned, and damaged there.
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "src/base/hash.h"
#include "src/log/file_builder.h"
#include "src/log/recovery_scan.h"
#include "tests/log/new_records.h"
#include "tests/support/sim_files.h"

namespace kvstore::log {
namespace {

using kvstore::testing::SimFiles;

constexpr const char* kPath = "new";
constexpr std::uint64_t kFloor = 100, kFloorTime = 5'000'000;

std::unique_ptr<FileBuilder> begin(SimFiles& files, NewestRecords* keys) {
  auto made = FileBuilder::create(files, kPath, Id{5}, {kFloor, kFloorTime, true, 77}, keys);
  REQUIRE(made);
  return std::move(*made);
}

std::string finish(SimFiles& files, FileBuilder& made) {
  REQUIRE(made.close());
  return files.memory(made.temporary_path());
}

// a, b in three pieces, c, d; then e above the floor.
std::string build(SimFiles& files, bool with_derived = false) {
  OneKeyAtATime keys;
  auto made = begin(files, &keys);
  REQUIRE(made->add(set("a", "1"), 90, 900));
  REQUIRE(made->add(set("b", "2"), 7, 70));
  REQUIRE(made->add(append("b", "3"), 7, 70));
  REQUIRE(made->add(append("b", "4"), 7, 70));
  REQUIRE(made->add(set("c", "5"), 100, 1000));
  REQUIRE(made->add(set("d", "6"), 1, 10));
  if (with_derived) {
    REQUIRE(made->end_base());
    REQUIRE(made->log().append_extent(64, 1));
    const auto checkpoint = made->log().append_checkpoint("none", 1);
    REQUIRE(checkpoint);
    made->log().name_checkpoint(*checkpoint);
  }
  REQUIRE(made->add(set("e", "7"), 101, 1010));
  REQUIRE(made->add(set("a", "8"), 102, 1050));
  return finish(files, *made);
}

// What a recovery scan finds in an image.
struct Scanned {
  explicit Scanned(const std::string& image) {
    const auto* data = reinterpret_cast<const std::uint8_t*>(image.data());
    const auto found = read_header_page(data, image.size(), kPath);
    REQUIRE(found);
    page = *found;
    const Binding binding(page.header.file_id);
    ValidityMap validity(page.slot.epochs, page.base);
    const View view{data, image.size(), &binding, nullptr, &validity};
    RecoveryScan scan(view, page.slot, {}, &validity);
    REQUIRE(scan.run(image.size(), [this](const Record& record) {
      records.emplace_back(record.offset, record.end());
      if (record.has_key()) keys += record.key();
      batches += (record.flags & (kBatchMember | kAfterBatch)) != 0;
    }));
    last_seq = scan.last_seq();
    end = scan.end();
    corrupt = scan.corrupt();
  }
  HeaderPage page;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> records;
  std::string keys;
  int batches = 0;
  std::uint64_t last_seq = 0, end = 0;
  std::vector<CorruptRange> corrupt;
};

std::uint32_t hash_of(std::string_view key) { return static_cast<std::uint32_t>(hash_key(key)); }

// The records from number `first` to `last`, so that nothing of their headers is left.
std::string without(std::string image, const Scanned& whole, std::size_t first, std::size_t last) {
  const std::uint64_t from = whole.records[first].first, to = whole.records[last].second;
  image.replace(from, to - from, to - from, '\x55');
  return image;
}

CorruptRange only_range(const std::string& image) {
  const Scanned scanned(image);
  REQUIRE(scanned.corrupt.size() == 1);
  return scanned.corrupt.front();
}

TEST_CASE("a base has seqs in any order, and the log behind it goes on above the floor") {
  SimFiles files;
  const std::string image = build(files);
  const Scanned whole(image);
  CHECK(whole.keys == "abbbcdea");
  CHECK(whole.batches == 0);  // records of one seq are pieces of one version
  CHECK(whole.corrupt.empty());
  CHECK(whole.last_seq == 102);
  CHECK(whole.end == image.size());
  const FileHeader& header = whole.page.header;
  CHECK(header.floor_seq == kFloor);
  CHECK(header.floor_time == kFloorTime);
  CHECK(header.created == 77);
  CHECK(header.incompatible == kFeatureKeyOrder);
  CHECK(whole.page.bad_headers == 0);
  CHECK(whole.page.base == Base{whole.records[6].first, kFloor});
  CHECK(whole.page.slot.base_end == whole.page.base.end);
  CHECK(whole.page.slot.floor_seq == kFloor);
  CHECK(whole.page.slot.floor_time == kFloorTime);
}

TEST_CASE("a file of a base alone goes on after its floor, also if the base is empty") {
  for (const bool is_empty : {false, true}) {
    SimFiles files;
    OneKeyAtATime keys;
    auto made = begin(files, &keys);
    if (!is_empty) REQUIRE(made->add(set("a", "1"), 3, 30));
    CHECK(made->last_seq() == kFloor);
    const Scanned whole(finish(files, *made));
    CHECK(whole.keys == (is_empty ? "" : "a"));
    CHECK(whole.last_seq == kFloor);
    CHECK(whole.page.base.end == whole.end);
    CHECK(whole.page.slot.last_seq == kFloor);
    CHECK(*made->log().next_seq() == kFloor + 1);
  }
}

TEST_CASE("where a base ends is known to who puts an index into the file") {
  SimFiles files;
  OneKeyAtATime keys;
  auto made = begin(files, &keys);
  REQUIRE(made->add(set("a", "1"), 3, 30));
  REQUIRE(made->log().append_extent(64, 1));  // a segment that is full
  REQUIRE(made->add(set("b", "1"), 2, 30));
  const auto covered = made->end_base();
  REQUIRE(covered);
  CHECK(covered->end == made->log().end());
  CHECK(covered->seq == kFloor);
  CHECK(covered->prev_key_hash == hash_of("b"));
  CHECK(covered->last_not_in_batch);
  const auto checkpoint = made->log().append_checkpoint("x", 1);
  REQUIRE(checkpoint);
  made->log().name_checkpoint(*checkpoint);
  const Scanned whole(finish(files, *made));
  CHECK(whole.records.size() == 4);
  CHECK(whole.corrupt.empty());
  CHECK(whole.page.slot.checkpoint == *checkpoint);
  CHECK(whole.page.base.end == covered->end);
}

TEST_CASE("without the feature falling seqs are no log, and no base holds what it must not") {
  SimFiles files;
  const std::string image = build(files);
  const auto* data = reinterpret_cast<const std::uint8_t*>(image.data());
  const Scanned whole(image);
  const Binding binding(whole.page.header.file_id);
  const auto steps = [&](const Base& base) {
    const ValidityMap validity({}, base);
    Scanner scanner({data, image.size(), &binding, nullptr, &validity});
    int records = 0;
    while (scanner.next() == Scanner::Step::kRecord) ++records;
    return records;
  };
  const Base base = whole.page.base;
  CHECK(steps(base) == 8);
  CHECK(steps({}) == 1);
  CHECK(steps({base.end, 95}) == 4);                    // c has 100
  CHECK(steps({whole.records[7].first, kFloor}) == 6);  // e is above the floor
  CHECK(steps({whole.records[5].first, kFloor}) == 5);  // d is behind the base, and not above it
}

TEST_CASE("where one record fits in, its key alone is possibly affected") {
  SimFiles files;
  const std::string image = build(files);
  const Scanned whole(image);
  const CorruptRange corrupt = only_range(without(image, whole, 4, 4));
  CHECK(corrupt.begin == whole.records[4].first);
  CHECK(corrupt.end == whole.records[4].second);
  CHECK(corrupt.missing == 1);
  CHECK(corrupt.names_affected_key);
  CHECK(corrupt.affected_key_hash == hash_of("c"));
  CHECK_FALSE(corrupt.others_lost);
  CHECK_FALSE(corrupt.is_derived);
}

TEST_CASE("where several fit in, other keys are, unless the last good key's last piece was lost") {
  SimFiles files;
  const std::string image = build(files);
  const Scanned whole(image);
  CHECK(only_range(without(image, whole, 3, 4)).others_lost);
  CHECK(only_range(without(image, whole, 0, 3)).others_lost);
  CHECK(only_range(without(image, whole, 4, 6)).others_lost);  // beyond the base's end
  CHECK(only_range(without(image, whole, 5, 7)).others_lost);  // and to the log's end
  const CorruptRange pieces = only_range(without(image, whole, 2, 3));
  CHECK_FALSE(pieces.others_lost);
  CHECK(pieces.names_affected_key);
  CHECK(pieces.affected_key_hash == hash_of("b"));
}

TEST_CASE("behind a base the seqs count again, and tell derived records from lost ones") {
  SimFiles files;
  const std::string image = build(files, true);
  const Scanned whole(image);
  REQUIRE(whole.records.size() == 10);
  for (const std::size_t first : {6, 7}) {
    const CorruptRange derived = only_range(without(image, whole, first, 7));
    CHECK(derived.is_derived);
    CHECK_FALSE(derived.names_affected_key);
  }
  const CorruptRange both = only_range(without(image, whole, 5, 7));  // d, too
  CHECK_FALSE(both.is_derived);
  CHECK(both.affected_key_hash == hash_of("d"));
  CHECK(both.others_lost);
  const CorruptRange tail = only_range(without(image, whole, 8, 8));
  CHECK(tail.affected_key_hash == hash_of("e"));
  CHECK_FALSE(tail.others_lost);
}

TEST_CASE("a base that was cut, or whose newest slot is lost, is damaged and never torn") {
  SimFiles files;
  const std::string image = build(files);
  const Scanned whole(image);
  const Scanned cut(image.substr(0, whole.records[3].first));
  REQUIRE(cut.corrupt.size() == 1);
  CHECK(cut.corrupt[0].others_lost);
  CHECK(cut.corrupt[0].end == image.size());
  for (int which = 0; which < 2; ++which) {
    std::string lost = without(image, whole, 4, 4);
    lost[static_cast<std::size_t>(2 + which) * kSectorSize + 9] ^= 1;
    const CorruptRange corrupt = only_range(lost);
    CHECK(corrupt.begin == whole.records[4].first);
    CHECK(corrupt.affected_key_hash == hash_of("c"));
  }
}

}  // namespace
}  // namespace kvstore::log
