// Indexes with right checks that say what is not so, as a stranger would make them: a store that
// opens one answers what the log says, or an error, and ends.
#include <algorithm>

#include <doctest/doctest.h>

#include "src/index/segment_format.h"
#include "src/store/iterator.h"
#include "tests/maint/index_support.h"

namespace kvstore::maint::testing {
namespace {

using log::Checkpoint;
using log::SegmentPlace;

std::string key_of(int number) { return "key" + std::to_string(1000 + number); }

// Each of 200 keys in two runs, with another value in each; 100 deleted keys in the older alone.
std::uint64_t fill_twice(Builder& b) {
  for (int i = 0; i < 200; ++i) b.set(key_of(i), "old");
  for (int i = 200; i < 300; ++i) b.remove(key_of(i));
  b.sync();
  const std::uint64_t middle = b.log().end();
  for (int i = 0; i < 200; ++i) b.set(key_of(i), "new");
  return middle;
}

std::vector<std::string> listed(Store& store) {
  std::vector<std::string> keys;
  const auto all = store.iterator({});
  REQUIRE(all.has_value());
  for ((*all)->first(); (*all)->valid(); (*all)->next()) keys.emplace_back((*all)->key());
  REQUIRE((*all)->status());
  return keys;
}

std::vector<std::string> listed_backwards(Store& store) {
  std::vector<std::string> keys;
  const auto all = store.iterator({});
  REQUIRE(all.has_value());
  for ((*all)->last(); (*all)->valid(); (*all)->prev()) keys.emplace_back((*all)->key());
  REQUIRE((*all)->status());
  std::reverse(keys.begin(), keys.end());
  return keys;
}

std::vector<std::string> scanned(Store& store, std::size_t count) {
  std::vector<std::string> keys;
  std::uint64_t cursor = 0;
  for (std::size_t steps = 0; steps < 1000; ++steps) {
    const auto next =
        store.scan_step(cursor, count, [&](std::string_view key) { keys.emplace_back(key); });
    REQUIRE(next.has_value());
    cursor = *next;
    if (cursor == 0) return keys;
  }
  FAIL("the scan does not end");
  return keys;
}

Opened opened(const std::string& image, bool read_only = false) {
  Opened opened;
  opened.files = std::make_unique<SimFiles>();
  opened.files->put("built", image);
  kvstore::Options options;
  options.file_system = opened.files.get();
  options.read_only = read_only;
  auto store = Store::open("built", options);
  REQUIRE(store.has_value());
  opened.store = std::move(*store);
  return opened;
}

void check_answers(const std::string& image, const Builder& b) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : b.now()) keys.push_back(key);
  for (const bool read_only : {true, false}) {
    const Opened walked = opened(image, read_only);
    CHECK(listed(*walked.store) == keys);
    CHECK(listed_backwards(*walked.store) == keys);
    CHECK(scanned(*walked.store, keys.size() / 3) == keys);
    const Opened read = opened(image, read_only);
    for (const auto& [key, value] : b.now()) REQUIRE(get(*read.store, key) == value);
    CHECK(read.store->count().value_or(0) == keys.size());
    if (read_only) continue;
    REQUIRE(read.store->set(keys.front(), b.now().begin()->second));
    REQUIRE(read.store->remove(keys.back()));
    CHECK(read.store->count().value_or(0) == keys.size() - 1);
  }
}

void check_crafted(const std::string& what, SealedIndex how) {
  CAPTURE(what);
  Builder b;
  how.run_ends = {fill_twice(b)};
  seal_index(b, how);
  const std::string image = b.close();
  check_answers(image, b);
  CHECK(audit_of(image).state() == maint::State::kIndexDamaged);
}

void check_crafted(const std::string& what, const std::function<void(Checkpoint*)>& change) {
  SealedIndex how;
  how.checkpoint = change;
  check_crafted(what, how);
}

SegmentPlace& segment_of(Checkpoint* c, std::size_t run) { return c->runs[run].segments[0]; }

TEST_CASE("a checkpoint whose runs are not what their stretches of the log say is not believed") {
  check_crafted("the older run's segment", [](auto* c) { segment_of(c, 0) = segment_of(c, 1); });
  check_crafted("the newer run's segment", [](auto* c) { segment_of(c, 1) = segment_of(c, 0); });
  check_crafted("swapped", [](auto* c) { std::swap(c->runs[0].segments, c->runs[1].segments); });
  check_crafted("no segments", [](auto* c) { c->runs[0].segments.clear(); });
  check_crafted("no segments, older", [](auto* c) { c->runs[1].segments.clear(); });
  check_crafted("a segment twice", [](auto* c) {
    c->runs[0].segments.push_back(segment_of(c, 0));
    c->runs[0].segments[1].first_key = key_of(100);
  });
  check_crafted("a segment twice, that does not check out", [](auto* c) {
    SegmentPlace other = segment_of(c, 0);
    other.size -= 8;
    other.first_key = key_of(100);
    c->runs[0].segments.push_back(other);
  });
  check_crafted("a first key that is too high",
                [](auto* c) { segment_of(c, 0).first_key = key_of(100); });
  check_crafted("a first key above all", [](auto* c) { segment_of(c, 0).first_key = "z"; });
  check_crafted("a first key that is too long", [](auto* c) {
    SegmentPlace other = segment_of(c, 0);
    other.size -= 8;
    other.first_key = std::string(65536, 'z');
    c->runs[0].segments.push_back(other);
  });
}

TEST_CASE("counts and epochs that cannot be are not believed") {
  check_crafted("too many keys", [](auto* c) { c->clock.live_keys = UINT64_MAX; });
  check_crafted("more expiries than keys", [](auto* c) {
    c->clock.live_keys = 100;
    c->clock.expiries = {{1000, 1000}};
  });
  check_crafted("expiries of no keys", [](auto* c) { c->clock.expiries = {{1000, 0}}; });
  check_crafted("an epoch that has not begun", [](auto* c) { c->covered.epoch = 9; });
}

TEST_CASE("a count that is too low never falls below none") {
  Builder b;
  SealedIndex how;
  how.run_ends = {fill_twice(b)};
  how.checkpoint = [](Checkpoint* c) { c->clock.live_keys = 0; };
  seal_index(b, how);
  const Opened file = opened(b.close());
  REQUIRE(file.store->remove(key_of(0)));
  CHECK(file.store->count().value_or(0) == 199);
}

TEST_CASE("a segment that says of its records that they lie elsewhere is not believed") {
  for (const auto& [base, span] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {std::int64_t{1} << 40, 0}, {0, std::int64_t{1} << 40}, {-8, 0}, {8, 0}}) {
    SealedIndex how;
    how.bytes = [base, span](const Checkpoint& checkpoint, std::uint8_t* data) {
      const SegmentPlace& place = checkpoint.runs[0].segments[0];
      log::Id file_id{};
      std::copy_n(data + 56, file_id.size(), file_id.begin());  // docs/FORMAT.md
      const log::Binding binding(file_id);
      auto header = index::SegmentHeader::load(data + place.body, binding, place.body, place.size);
      REQUIRE(header.has_value());
      header->base += static_cast<std::uint64_t>(base);
      header->span += static_cast<std::uint64_t>(span);
      header->store(data + place.body, binding, place.body);
    };
    check_crafted("a segment's base or span", how);
  }
}

// Long keys, so that a run has several segments.
std::string long_key(int number) { return key_of(number) + std::string(60'000, 'k'); }

// In one batch, for a builder keeps what there is after each.
void set_long_keys(Builder& b, const std::string& value) {
  std::vector<Builder::Write> writes;
  for (int i = 0; i < 160; ++i) writes.push_back({log::Kind::kSet, long_key(i), value});
  b.batch(writes);
}

TEST_CASE("a first key in the midst of a run that is not so is not believed") {
  for (const int step : {-1, 1}) {
    CAPTURE(step);
    Builder b;
    set_long_keys(b, "old");
    b.sync();
    SealedIndex how;
    how.run_ends = {b.log().end()};
    set_long_keys(b, "new");
    how.checkpoint = [step](Checkpoint* c) {
      REQUIRE(c->runs[0].segments.size() > 2);
      const int first = static_cast<int>(c->runs[0].segments[0].keys);  // of the second
      c->runs[0].segments[1].first_key = long_key(first + 5 * step);
    };
    seal_index(b, how);
    const std::string image = b.close();
    check_answers(image, b);
    CHECK(audit_of(image).state() == maint::State::kIndexDamaged);
  }
}

}  // namespace
}  // namespace kvstore::maint::testing
