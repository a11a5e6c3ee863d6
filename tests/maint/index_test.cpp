// What verify says of the index in a file: faults that are planted in it are named, and cost no
// data.
#include <doctest/doctest.h>

#include "src/maint/print.h"
#include "tests/maint/index_support.h"

namespace kvstore::maint::testing {
namespace {

using index::Entry;
using State = maint::State;

// 300 keys in two runs, some in both, some deleted, some that expire.
std::uint64_t fill(Builder& b) {
  for (int i = 0; i < 200; ++i) b.set("key" + std::to_string(i), std::to_string(i));
  b.sync();
  const std::uint64_t middle = b.log().end();
  for (int i = 150; i < 250; ++i) b.append("key" + std::to_string(i), "+");
  for (int i = 0; i < 20; ++i) b.remove("key" + std::to_string(i));
  for (int i = 0; i < 50; ++i)
    b.set("late" + std::to_string(i), "x", kTime / 1000 + 1000 * (i % 7));
  return middle;
}

Report audit_with(SealedIndex how) {
  Builder b;
  how.run_ends = {fill(b)};
  seal_index(b, how);
  return audit_of(b.close());
}

// The one fault there is.
IndexFault only_fault(const Report& report) {
  CHECK(report.state() == State::kIndexDamaged);
  CHECK(report.exit_code() == ExitCode::kDamaged);
  CHECK(report.lost_keys == 0);
  CHECK(report.losses.empty());
  CHECK(report.damage.empty());
  REQUIRE(report.index.fault_count == 1);
  return report.index.faults[0];
}

bool says(const IndexFault& fault, std::string_view part) {
  INFO(fault.what);
  CHECK(fault.what.find(part) != std::string::npos);
  return fault.what.find(part) != std::string::npos;
}

TEST_CASE("an index that says what the log says is no fault, and is counted") {
  const Report report = audit_with({});
  CHECK(report.state() == State::kIntact);
  CHECK(report.index.fault_count == 0);
  CHECK(report.index.runs == 2);
  CHECK(report.index.segments == 2);
  CHECK(report.index.keys == 200 + 170);
  CHECK(report.index.bytes > 0);
  CHECK(report.index.unused == 0);
  CHECK(report.records.at(log::Kind::kExtent) == 2);
  const std::string text = describe(report, nullptr, false);
  CHECK(text.find("2 runs of 2 segments, 370 keys") != std::string::npos);
}

TEST_CASE("a run that lacks its last key is named with the key") {
  SealedIndex how;
  how.entries = [](std::size_t run, SealedIndex::Entries* entries) {
    if (run == 1) entries->erase(std::prev(entries->end()));
  };
  const IndexFault fault = only_fault(audit_with(how));
  CHECK(says(fault, "lacks a key"));
  CHECK(fault.key == "late9");
}

TEST_CASE("a run that lacks its first key is named with the key") {
  SealedIndex how;
  how.entries = [](std::size_t run, SealedIndex::Entries* entries) {
    if (run == 0) entries->erase(entries->begin());
  };
  const IndexFault fault = only_fault(audit_with(how));
  CHECK(says(fault, "lacks a key"));
  CHECK(fault.key == "key0");
}

TEST_CASE("a run with a key that the log has not is named with the key") {
  SealedIndex how;
  how.entries = [](std::size_t run, SealedIndex::Entries* entries) {
    if (run == 0) (*entries)["never written"] = entries->begin()->second;
  };
  const IndexFault fault = only_fault(audit_with(how));
  CHECK(says(fault, "has not"));
  CHECK(fault.key == "never written");
}

TEST_CASE("an entry with the offset of another record is named with both offsets") {
  SealedIndex how;
  how.entries = [](std::size_t run, SealedIndex::Entries* entries) {
    if (run == 0) (*entries)["key7"] = (*entries)["key8"];
  };
  const IndexFault fault = only_fault(audit_with(how));
  CHECK(says(fault, "its newest record is at"));
  CHECK(fault.key == "key7");
}

TEST_CASE("an entry that does not say that its record is a deletion is named") {
  SealedIndex how;
  how.entries = [](std::size_t run, SealedIndex::Entries* entries) {
    if (run == 1) (*entries)["key3"] = Entry((*entries)["key3"].offset());
  };
  const IndexFault fault = only_fault(audit_with(how));
  CHECK(says(fault, "deletion"));
  CHECK(fault.key == "key3");
}

TEST_CASE("a segment that was never filled is named, and so is one that is half damaged") {
  std::uint64_t body = 0;
  const auto zero = [&body](std::uint64_t from) {
    return [&body, from](const log::Checkpoint& checkpoint, std::uint8_t* data) {
      const log::SegmentPlace& place = checkpoint.runs[0].segments[0];
      body = place.body;
      std::fill(data + place.body + from, data + place.body + place.size, std::uint8_t{0});
    };
  };
  SealedIndex how;
  how.bytes = zero(0);
  CHECK(says(only_fault(audit_with(how)), "never filled"));
  how.bytes = zero(1000);
  const IndexFault fault = only_fault(audit_with(how));
  CHECK(says(fault, "a segment is damaged"));
  CHECK(fault.offset >= body);
}

TEST_CASE("what a checkpoint says wrongly is named") {
  SealedIndex how;
  const auto fault_with = [&how](const std::function<void(log::Checkpoint*)>& change) {
    how.checkpoint = change;
    return only_fault(audit_with(how));
  };
  CHECK(says(fault_with([](auto* c) { ++c->clock.live_keys; }), "live keys"));
  CHECK(says(fault_with([](auto* c) { ++c->clock.expiries[0].expires_ms; }), "expiries"));
  CHECK(says(fault_with([](auto* c) { --c->covered.seq; }), "is not so"));
  CHECK(says(fault_with([](auto* c) { c->covered.prev_key_hash ^= 1; }), "is not so"));
  CHECK(says(fault_with([](auto* c) { c->header[40] ^= 1; }), "header"));
  CHECK(says(fault_with([](auto* c) { c->epochs.clear(); }), "epoch"));
  CHECK(says(fault_with([](auto* c) { --c->runs[1].last_seq; }), "higher seqs"));
  CHECK(says(fault_with([](auto* c) { ++c->runs[1].segments[0].keys; }), "other keys"));
  CHECK(says(fault_with([](auto* c) { c->runs[1].segments[0].size -= 8; }), "another size"));
  CHECK(says(fault_with([](auto* c) { c->runs[1].segments[0].extent = 4096; }), "no EXTENT"));
  CHECK(says(fault_with([](auto* c) { c->runs.pop_back(); }), "no sense"));
}

TEST_CASE("runs that meet within a record are named") {
  SealedIndex how;
  how.checkpoint = [](log::Checkpoint* c) {
    c->runs[0].begin -= 8;
    c->runs[1].end -= 8;
  };
  const Report report = audit_with(how);
  CHECK(report.state() == State::kIndexDamaged);
  REQUIRE(report.index.fault_count > 0);
  CHECK(report.index.faults[0].what.find("ends within the record") != std::string::npos);
}

TEST_CASE("more faults than can be listed are counted") {
  SealedIndex how;
  how.entries = [](std::size_t run, SealedIndex::Entries* entries) {
    if (run == 0) entries->erase(std::next(entries->begin(), 10), entries->end());
  };
  const Report report = audit_with(how);
  CHECK(report.index.fault_count == 190);
  CHECK(report.index.faults.size() == IndexReport::kListed);
  CHECK(describe(report, nullptr, false).find("and 90 more") != std::string::npos);
}

TEST_CASE("where the log is damaged, the index that has the key still is not at fault") {
  Builder b;
  const std::uint64_t middle = fill(b);
  SealedIndex how;
  how.run_ends = {middle};
  seal_index(b, how);
  const auto [begin, end] = b.records()[33];
  const Report report = audit_of(flip(b.close(), begin + 24));
  CHECK(report.state() == State::kDamaged);
  CHECK(report.index.fault_count == 0);
  CHECK(report.index.unreadable == 1);
}

TEST_CASE("extents that no checkpoint names are counted and never damage") {
  Builder b;
  fill(b);
  const auto extent = b.log().append_extent(8192, kTime);
  REQUIRE(extent.has_value());
  std::fill_n(b.log().file().data() + extent->body, 5000, std::uint8_t{0xAB});
  b.set("after", "1");
  seal_index(b);
  const Report report = audit_of(b.close());
  CHECK(report.state() == State::kIntact);
  CHECK(report.index.unused == 1);
  CHECK(report.index.unused_bytes == 8192);
}

// Offsets of the records that have no key.
std::vector<std::uint64_t> derived_in(const std::string& image) {
  SimFiles files;
  files.put("built", image);
  const auto source = open_source(files, "built", file::Mode::kReadOnly);
  REQUIRE(source.has_value());
  std::vector<std::uint64_t> derived;
  Visitor visitor;
  visitor.record = [&](const log::Record& record, bool) {
    if (!record.has_key()) derived.push_back(record.offset);
  };
  visitor.bad = [](const log::CorruptRange&) {};
  REQUIRE(walk(*source, Way::kJudged, visitor));
  return derived;
}

// Nothing of it is lost, which verify says, and it takes writes.
void check_costs_nothing(const std::string& damaged, const Builder& b) {
  const Report report = audit_of(damaged);
  CHECK(report.state() == State::kIndexDamaged);
  CHECK(report.exit_code() == ExitCode::kDamaged);
  CHECK(report.lost_keys == 0);
  CHECK(report.lost_records == 0);
  CHECK(report.rolled_back.empty());
  CHECK(describe(report, nullptr, false).find("nothing is lost") != std::string::npos);
  SimFiles files;
  files.put("built", damaged);
  kvstore::Options options;
  options.file_system = &files;
  for (const char* key : {"more", "again"}) {
    auto store = Store::open("built", options);
    REQUIRE(store.has_value());
    REQUIRE((*store)->set(key, "2"));
    for (const auto& [key_before, value] : b.now()) {
      if (key_before.starts_with("late")) continue;  // they have expired
      REQUIRE(get(**store, key_before) == value);
    }
    CHECK((*store)->count().has_value());
    CHECK_FALSE((*store)->stats().writes_refused);
    CHECK_FALSE((*store)->stats().warnings.empty());
    REQUIRE((*store)->close());
  }
  const Report after = audit_of(files.memory("built"));
  CHECK(after.state() == State::kIndexDamaged);
  CHECK(after.lost_records == 0);
}

// Where a CHECKPOINT or an EXTENT cannot be read, no key can have been lost.
TEST_CASE("a flipped bit in any header of the index costs no key, and writes go on") {
  Builder b;
  fill(b);
  seal_index(b);
  b.set("after", "1");
  b.sync();
  const std::string image = b.close();
  const std::vector<std::uint64_t> derived = derived_in(image);
  REQUIRE(derived.size() == 2);
  for (const std::uint64_t offset : derived) {
    for (const std::uint64_t at : {offset + 1, offset + 8, offset + 25}) {
      CAPTURE(at - offset);
      check_costs_nothing(flip(image, at), b);
    }
  }
}

TEST_CASE("the same behind a batch, whose first record says that it is whole") {
  using Write = Builder::Write;
  const std::vector<Write> batch = {{log::Kind::kSet, "b1", "1"}, {log::Kind::kSet, "b2", "2"}};
  for (const bool is_followed_by_batch : {false, true}) {
    Builder b;
    fill(b);
    b.batch(batch);
    seal_index(b);
    is_followed_by_batch ? b.batch(batch) : b.set("after", "1");
    b.sync();
    const std::string image = b.close();
    for (const std::uint64_t offset : derived_in(image)) {
      for (const std::uint64_t at : {offset + 1, offset + 8, offset + 25}) {
        CAPTURE(is_followed_by_batch);
        CAPTURE(at - offset);
        check_costs_nothing(flip(image, at), b);
      }
    }
  }
}

TEST_CASE("a member that is lost at a batch's end, in front of an index, is no part of that") {
  Builder b;
  b.set("b2", "old");
  b.batch({{log::Kind::kSet, "b1", "1"}, {log::Kind::kSet, "b2", "2"}});
  const std::uint64_t last = b.records().back().first;
  seal_index(b);
  const std::string image = b.close();
  const Report report = audit_of(flip(image, last + 8));
  CHECK(report.state() == State::kDamaged);
  CHECK(report.lost_records == 1);
  // The index's records say nothing of keys, so it takes the run to know.
  CHECK(get(*open(flip(image, last + 8)).store, "b2") == "(CORRUPT)");
  CHECK(get(*open(flip(flip(image, last + 8), derived_in(image).front() + 8)).store, "b2") ==
        "(CORRUPT)");
}

// No key is lost; but where the log ends nobody knows, so nothing is written there.
void check_keeps_all(const std::string& damaged, const Builder& b) {
  CHECK(audit_of(damaged).lost_records == 0);
  SimFiles files;
  files.put("built", damaged);
  kvstore::Options options;
  options.file_system = &files;
  auto store = Store::open("built", options);
  REQUIRE(store.has_value());
  const auto written = (*store)->set("more", "2");
  REQUIRE_FALSE(written.has_value());
  CHECK(written.error().code == Code::kDamaged);
  for (const auto& [key, value] : b.now()) {
    if (!key.starts_with("late")) REQUIRE(get(**store, key) == value);
  }
  CHECK((*store)->count().has_value());
}

TEST_CASE("a damaged CHECKPOINT that ends the file costs no key") {
  Builder b;
  fill(b);
  seal_index(b);
  const std::string image = b.close();
  const std::uint64_t offset = derived_in(image).back();
  for (const std::uint64_t at : {offset + 1, offset + 25}) check_keeps_all(flip(image, at), b);
  // Where a file is cut within an EXTENT's body, a record would stand in what its head claims.
  const std::uint64_t extent = derived_in(image).front();
  for (const std::uint64_t size : {extent + 72, extent + 200, offset, offset + 16}) {
    CAPTURE(size);
    check_keeps_all(image.substr(0, size), b);
  }
  const Report report = audit_of(flip(image, offset + 300));  // its value
  CHECK(only_fault(report).what.find("checksum") != std::string::npos);
}

}  // namespace
}  // namespace kvstore::maint::testing
