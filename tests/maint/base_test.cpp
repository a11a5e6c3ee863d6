// Damage in the base of a compacted file: what the store answers, what verify says, and what
// a repair makes of it, with a checkpoint that names the keys and without.
#include <doctest/doctest.h>

#include "src/maint/reindex.h"
#include "tests/maint/index_support.h"
#include "tests/maint/support.h"

namespace kvstore::maint::testing {
namespace {

using log::Kind;

constexpr std::uint64_t kFloor = 50;

struct Image {
  Builder built{base_page(kFloor)};
  std::string bytes;
  std::size_t base_records = 0;
};

// Small values and one in pieces, then what was written after the floor.
std::unique_ptr<Image> make(bool with_index) {
  auto image = std::make_unique<Image>();
  Builder& b = image->built;
  b.base("ant", {"1"}, 44);
  b.base("bee", {std::string(300, 'b')}, 3);
  b.base("cat", {std::string(200, 'x'), std::string(200, 'y'), std::string(50, 'z')}, 50);
  b.base("dog", {"4"}, 17, 9'000'000'000'000);
  b.base("eel", {std::string(3000, 'e')}, 16);
  b.base("fox", {""}, 1);
  b.end_base();
  image->base_records = b.records().size();
  if (with_index) seal_index(b);
  b.append("cat", "!");
  b.set("gnu", "new");
  b.remove("dog");
  b.append("bee", "?");
  image->bytes = b.close();
  return image;
}

// Where the next CHECKPOINT is bad, the log is read.
std::string without_checkpoint(std::string bytes) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto page = log::read_header_page(data, bytes.size(), "image");
  REQUIRE(page.has_value());
  REQUIRE(page->slot.checkpoint != 0);
  return flip(std::move(bytes), page->slot.checkpoint + 60);
}

// Each key right or CORRUPT. Returns those that are CORRUPT.
std::set<std::string> corrupt_keys(const Builder& built, const std::string& bytes) {
  Opened opened = open(bytes);
  std::set<std::string> corrupt;
  for (const char* key : {"ant", "bee", "cat", "dog", "eel", "fox", "gnu", "never"}) {
    const auto truth = built.now().find(key);
    const std::string got = get(*opened.store, key);
    if (got == "(CORRUPT)") {
      corrupt.insert(key);
    } else {
      INFO("key ", key);
      CHECK(got == (truth == built.now().end() ? "(nil)" : truth->second));
    }
  }
  return corrupt;
}

TEST_CASE("a file with a base verifies intact, opens with its index and without, and reads") {
  for (const bool with_index : {false, true}) {
    CAPTURE(with_index);
    const auto image = make(with_index);
    const Report report = audit_of(image->bytes);
    CHECK(report.state() == maint::State::kIntact);
    CHECK(report.floor_seq == kFloor);
    CHECK(report.base_end == image->built.records()[image->base_records - 1].second);
    CHECK(report.clock_step_count == (with_index ? 1 : 0));  // its EXTENT's time is the test's
    CHECK(report.live_keys == 6);
    CHECK(corrupt_keys(image->built, image->bytes).empty());
    CHECK(open(image->bytes).store->stats().index_runs == (with_index ? 1 : 0));
    if (with_index) CHECK(corrupt_keys(image->built, without_checkpoint(image->bytes)).empty());
    check_truth(image->built, rebuilt(image->bytes));
    check_truth(image->built, rebuilt(image->bytes, Way::kCarved));
  }
}

// What a value of a compressed file is counted as.
TEST_CASE("live bytes of a compressed file are those that its values are stored in") {
  constexpr std::uint64_t kPiece = 1 << 20;
  Builder b(base_page(kFloor, true));
  b.compress("");
  b.base("ant", {std::string(kPiece, 'a'), std::string(kPiece, 'b')}, 44);
  b.base("bee", {std::string(5000, 'b')}, 3);
  b.end_base();
  b.append("ant", "more");
  b.set("cat", "as it is");
  const std::string bytes = b.close();
  const Report report = audit_of(bytes);
  CHECK(report.state() == maint::State::kIntact);
  std::uint64_t records = 0;
  for (const auto& [begin, end] : b.records()) records += end - begin;
  CHECK(report.live_size > 3 * log::kRecordHeaderSize);
  CHECK(report.live_size <= records);
  CHECK(report.live_size + report.overhead_size() == report.log_size());
}

TEST_CASE("a checkpoint and extents that are lost behind a base cost no key") {
  const auto image = make(true);
  const std::string bytes = without_checkpoint(image->bytes);
  CHECK(audit_of(bytes).state() == maint::State::kIndexDamaged);
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto page = log::read_header_page(data, bytes.size(), "image");
  const std::string headless = flip(flip(bytes, page->slot.checkpoint), page->base.end);
  const Report report = audit_of(headless);
  CHECK(report.state() == maint::State::kIndexDamaged);
  CHECK(report.losses.empty());
  CHECK(corrupt_keys(image->built, headless).empty());
}

TEST_CASE(
    "each record of a base damaged in its header: right, or CORRUPT, and a repair keeps it a "
    "base") {
  for (const bool with_index : {false, true}) {
    for (std::size_t i = 0;; ++i) {
      const auto image = make(with_index);
      if (i == image->base_records) break;
      CAPTURE(with_index);
      CAPTURE(i);
      const std::string bytes = flip(image->bytes, image->built.records()[i].first + 20);
      corrupt_keys(image->built, bytes);
      CHECK(audit_of(bytes).state() == maint::State::kDamaged);
      const Outcome outcome = rebuilt(bytes);
      check_truth(image->built, outcome);
      const Report repaired = audit_of(outcome.repaired);
      CHECK(repaired.state() == maint::State::kIntact);
      CHECK(repaired.floor_seq == kFloor);
      CHECK(repaired.base_end > log::kHeaderPageSize);
      check_truth(image->built, rebuilt(bytes, Way::kCarved));
    }
  }
}

TEST_CASE(
    "where a file ends in its base and an index, and both are lost, the base's keys are not "
    "missing") {
  Builder b(base_page(kFloor));
  b.base("ant", {"1"}, 44);
  b.base("bee", {"2"}, 3);
  b.base("cat", {"3"}, 50);
  b.end_base();
  const std::vector<std::pair<std::uint64_t, std::uint64_t>> records = b.records();
  seal_index(b);
  const std::string bytes = b.close();
  const auto without = [&](std::size_t i) {
    return std::string(bytes).replace(records[i].first, bytes.size() - records[i].first,
                                      bytes.size() - records[i].first, '\x55');
  };
  for (const std::size_t i : {0u, 1u, 2u}) {
    CAPTURE(i);
    const std::string lost = without(i);
    const std::set<std::string> corrupt = corrupt_keys(b, lost);
    CHECK(corrupt.contains("cat"));
    CHECK((i == 2 || corrupt.contains("bee")));
    CHECK_FALSE(open(lost).store->count().has_value());
    const Report report = audit_of(lost);
    CHECK(report.state() == maint::State::kDamaged);
    CHECK(report.lost_records > 0);
    check_truth(b, rebuilt(lost));
    check_truth(b, rebuilt(lost, Way::kCarved));
  }
}

TEST_CASE("a damaged value in a base costs its bytes only, and its pieces stay one version") {
  const auto image = make(true);
  const std::uint64_t eel = image->built.records()[6].first;
  const std::string bytes = flip(image->bytes, eel + 48 + 3 + 1500);
  CHECK(corrupt_keys(image->built, bytes) == std::set<std::string>{"eel"});
  const Outcome outcome = rebuilt(bytes);
  CHECK(check_truth(image->built, outcome) == std::set<std::string>{"eel"});
  Opened opened = open(outcome.repaired);
  std::string value;
  REQUIRE(opened.store->read("eel", 0, 1000, &value));
  CHECK(value == std::string(1000, 'e'));
  CHECK(opened.store->stat("eel").value()->size == 3000);
}

TEST_CASE("where the index covers a base it names who lost a record there, and nobody else") {
  const auto image = make(true);
  const auto& records = image->built.records();
  std::string bytes = image->bytes;
  // dog and eel whole: without the index nobody knows how many records that were.
  bytes.replace(records[5].first, records[6].second - records[5].first,
                records[6].second - records[5].first, '\x55');
  CHECK(corrupt_keys(image->built, bytes) == std::set<std::string>{"eel"});  // dog has a newer one
  const Outcome known = rebuilt(bytes);
  CHECK(known.rolled_back.empty());
  CHECK(check_truth(image->built, known) == std::set<std::string>{"eel"});
  const std::string blind = without_checkpoint(bytes);
  const std::set<std::string> affected = corrupt_keys(image->built, blind);
  CHECK(affected == std::set<std::string>{"ant", "eel", "never"});
  CHECK_FALSE(rebuilt(blind).rolled_back.empty());
}

TEST_CASE("a lost piece of a value in a base never shows what is left of it") {
  for (const bool with_index : {false, true}) {
    for (std::size_t i = 2; i < 5; ++i) {
      CAPTURE(i);
      const auto image = make(with_index);
      const std::string bytes = flip(image->bytes, image->built.records()[i].first);
      At floor;
      floor.seq = kFloor;
      CHECK(get(*open(bytes).store, "cat", floor) == "(CORRUPT)");
      CHECK(get(*open(rebuilt(bytes).repaired).store, "cat", floor) == "(CORRUPT)");
    }
  }
}

TEST_CASE("a large piece that is lost costs a value in a base no piece before it, once repaired") {
  Builder b(base_page(kFloor));
  b.base("cat", {std::string(200, 'x'), std::string(9000, 'y'), std::string(50, 'z')}, 50);
  b.end_base();
  const Outcome outcome = rebuilt(flip(b.close(), b.records()[1].first + 8));
  Opened opened = open(outcome.repaired);
  std::string value;
  REQUIRE(opened.store->read("cat", 0, 200, &value));
  CHECK(value == std::string(200, 'x'));
  CHECK_FALSE(opened.store->read("cat", 200, 1, &value));
  REQUIRE(opened.store->read("cat", 9200, 50, &value));
  CHECK(value == std::string(50, 'z'));
}

TEST_CASE("a file that lost both copies of its header is salvaged with its base") {
  const auto image = make(true);
  // With its slots, too, the checkpoint tells.
  for (const std::uint64_t sectors : {2, 4}) {
    std::string bytes = image->bytes;
    bytes.replace(0, sectors * log::kSectorSize, sectors * log::kSectorSize, '\0');
    const Outcome outcome = rebuilt(bytes, Way::kCarved);
    CAPTURE(sectors);
    CHECK(outcome.report.header_lost);
    CHECK(outcome.report.damage.empty());
    CHECK(check_truth(image->built, outcome).empty());
    CHECK(audit_of(outcome.repaired).floor_seq == kFloor);
  }
}

TEST_CASE("an index is made anew over a base") {
  const auto image = make(false);
  SimFiles files;
  files.put("a", image->bytes);
  auto source = open_source(files, "a", file::Mode::kReadWrite);
  REQUIRE(source.has_value());
  REQUIRE(reindex(&*source));
  *source = {};
  const std::string bytes = files.memory("a");
  CHECK(audit_of(bytes).state() == maint::State::kIntact);
  CHECK(audit_of(bytes).index.runs == 1);
  CHECK(corrupt_keys(image->built, bytes).empty());
  CHECK(open(bytes).store->stats().index_runs == 1);
}

}  // namespace
}  // namespace kvstore::maint::testing
