#include "src/maint/audit.h"

#include <doctest/doctest.h>

#include "tests/maint/support.h"

namespace kvstore::maint::testing {
namespace {

using log::Kind;

// All kinds of records, some keys with long histories, one batch.
void fill(Builder& b) {
  b.set("a", "1");
  b.set("k", "1");
  b.append("log", "first,");
  b.set("k", "2");
  b.append("log", "second,");
  b.set("only", "once");
  b.append("log", "third,");
  b.batch({{Kind::kSet, "a", "2"}, {Kind::kAppend, "log", "fourth,"}, {Kind::kSet, "z", "9"}});
  b.set("", "the empty key");
  b.append("log", "fifth");
  b.sync();
  b.set("a", "3");
  b.remove("k");
}

TEST_CASE("an intact file is found intact, and what is in it is counted") {
  Builder b;
  fill(b);
  b.set("gone", "x", kTime / 1000 - 1);
  const std::string image = b.close();
  const Report report = audit_of(image);
  CHECK(report.state() == maint::State::kIntact);
  CHECK(report.exit_code() == ExitCode::kDone);
  CHECK(report.record_count == 15);
  CHECK(report.records.at(Kind::kSet) == 9);
  CHECK(report.records.at(Kind::kAppend) == 5);
  CHECK(report.records.at(Kind::kDelete) == 1);
  CHECK(report.live_keys == 5);
  CHECK(report.deleted_keys == 1);
  CHECK(report.expired_keys == 1);
  CHECK(report.closed_cleanly);
  CHECK(report.end == image.size());
  CHECK(report.live_size + report.overhead_size() == image.size() - 4096);
  CHECK(report.losses.empty());
}

TEST_CASE("preallocated zeros of a file that was not closed are no damage") {
  Builder b;
  fill(b);
  const std::string image = b.crash();
  REQUIRE(image.size() > b.records().back().second);
  const Report report = audit_of(image);
  CHECK(report.state() == maint::State::kIntact);
  CHECK_FALSE(report.closed_cleanly);
  CHECK(report.end == b.records().back().second);
}

TEST_CASE("a flipped bit in any byte of any record never brings an old value back") {
  Builder b;
  fill(b);
  const std::string image = b.close();
  for (std::uint64_t offset = 4096; offset < image.size(); ++offset) {
    CAPTURE(offset);
    const Outcome outcome = rebuilt(flip(image, offset, offset % 8));
    REQUIRE(outcome.report.state() == maint::State::kDamaged);
    const auto corrupt = check_truth(b, outcome);
    // One flipped bit costs the record it is in: at most one key.
    CHECK(corrupt.size() <= 1);
    CHECK(outcome.report.record_count - outcome.report.bad_values >= 13);
  }
}

TEST_CASE("a flipped bit in any byte of the last record, a deletion, leaves its key CORRUPT") {
  Builder b;
  b.set("k", "1");
  b.set("k", "2");
  b.remove("k");
  const std::string image = b.close();
  const auto [begin, end] = b.records().back();
  const std::uint64_t padding = begin + 48 + 16 + 1;  // after header, CHAIN and key
  for (std::uint64_t offset = begin; offset < end; ++offset) {
    CAPTURE(offset - begin);
    const Outcome outcome = rebuilt(flip(image, offset));
    Opened opened = open(outcome.repaired);
    // A deletion has no value: with a good head all of it is known.
    CHECK(get(*opened.store, "k") == (offset < padding ? "(CORRUPT)" : "(nil)"));
    if (offset >= padding) continue;
    REQUIRE(outcome.report.losses.size() == 1);
    CHECK(outcome.report.losses[0].key == "k");
    CHECK(outcome.report.losses[0].kind == Loss::Kind::kHole);
  }
}

TEST_CASE("a lost record that is its key's only one is named by its own bytes, if they say it") {
  Builder b;
  b.set("other", "1");
  b.set("only", "once");
  b.set("other", "2");
  const std::string image = b.close();
  const auto [begin, end] = b.records()[1];
  SUBCASE("the name is readable: it answers CORRUPT, not nothing") {
    const Outcome outcome = rebuilt(flip(image, begin + 24));
    Opened opened = open(outcome.repaired);
    CHECK(get(*opened.store, "only") == "(CORRUPT)");
    CHECK(get(*opened.store, "other") == "2");
  }
  SUBCASE("the name itself is damaged: that it is lost is said") {
    const Outcome outcome = rebuilt(flip(image, begin + 48));
    CHECK(outcome.report.losses.empty());
    CHECK(outcome.report.lost_records == 1);
    REQUIRE(outcome.report.damage.size() == 1);
    CHECK_FALSE(outcome.report.damage[0].key);
  }
}

TEST_CASE("of 3,000 records one flipped bit costs one") {
  Builder b;
  for (int i = 0; i < 3000; ++i) {
    b.set("key" + std::to_string(i % 700), "value " + std::to_string(i));
  }
  const std::string image = b.close();
  for (const std::size_t affected_key_hash : {0u, 1u, 699u, 1500u, 2998u, 2999u}) {
    for (const std::uint64_t at : {0u, 8u, 13u, 16u, 25u, 43u, 50u}) {
      CAPTURE(affected_key_hash);
      CAPTURE(at);
      const Outcome outcome = rebuilt(flip(image, b.records()[affected_key_hash].first + at));
      CHECK(outcome.report.record_count == 2999);
      CHECK(outcome.report.lost_records == 1);
      CHECK(outcome.rolled_back.empty());
      Opened opened = open(outcome.repaired);
      std::size_t wrong = 0;
      for (const auto& [key, value] : b.now()) {
        const std::string got = get(*opened.store, key);
        wrong += got != value;
        if (got != value) CHECK(got == "(CORRUPT)");
      }
      CHECK(wrong == (affected_key_hash >= 2300 ? 1 : 0));
    }
  }
}

TEST_CASE("zeroed 512-byte blocks are reported with every key they may have cost") {
  Builder b;
  for (int i = 0; i < 60; ++i) {
    b.set("key" + std::to_string(i % 9), "value " + std::to_string(i));
    b.append("log", "entry " + std::to_string(i) + "\n");
    if (i % 7 == 0) b.remove("key" + std::to_string((i + 3) % 9));
  }
  const std::string image = b.close();
  for (std::uint64_t block = 4096; block + 512 <= image.size(); block += 512) {
    CAPTURE(block);
    std::string damaged = image;
    damaged.replace(block, 512, 512, '\0');
    const Outcome outcome = rebuilt(damaged);
    CHECK(outcome.report.state() == maint::State::kDamaged);
    check_truth(b, outcome);
  }
}

TEST_CASE("a closed file that was cut short anywhere is reported, and old values are not silent") {
  Builder b;
  fill(b);
  const std::string image = b.close();
  for (std::uint64_t size = 4096; size < image.size(); size += 4) {
    CAPTURE(size);
    const Outcome outcome = rebuilt(image.substr(0, size));
    CHECK(outcome.report.state() == maint::State::kDamaged);
    check_truth(b, outcome);
  }
}

TEST_CASE("a torn tail is torn, not rotten, and is cut") {
  Builder b;
  fill(b);
  b.sync();
  b.set("last", "never acknowledged");
  const auto [begin, end] = b.records().back();
  std::string image = b.crash();
  image[begin + 50] ^= 1;
  const Outcome outcome = rebuilt(image);
  CHECK(outcome.report.state() == maint::State::kTorn);
  CHECK(outcome.report.exit_code() == ExitCode::kTornTail);
  CHECK(outcome.report.torn_begin == begin);
  CHECK(outcome.report.losses.empty());
  Opened opened = open(outcome.repaired);
  CHECK(get(*opened.store, "last") == "(nil)");
  CHECK(get(*opened.store, "a") == "3");
}

TEST_CASE("damage to header copies and slots") {
  Builder b;
  fill(b);
  std::string image = b.close();
  SUBCASE("one copy of the header: damaged, and nothing is lost") {
    image[100] ^= 1;
    const Outcome outcome = rebuilt(image);
    CHECK(outcome.report.state() == maint::State::kDamaged);
    CHECK(outcome.report.bad_headers == 1);
    CHECK(outcome.report.losses.empty());
    CHECK(check_truth(b, outcome).empty());
  }
  SUBCASE("one slot: noted, and the other one serves") {
    image[1024 + 9] ^= 1;
    const Report report = audit_of(image);
    CHECK(report.bad_slots == 1);
    CHECK(report.losses.empty());
  }
  SUBCASE("both slots: damaged") {
    image[1024 + 9] ^= 1;
    image[1536 + 9] ^= 1;
    const Report report = audit_of(image);
    CHECK(report.state() == maint::State::kDamaged);
    CHECK(report.bad_slots == 2);
  }
}

TEST_CASE("records that are whole but do not fit their chain are reported") {
  Builder b;
  b.append("k", "one");
  b.append("k", "two");
  std::string image = b.close();
  // The second append again, as a writer with a bug would make it.
  const log::Binding binding(
      log::load_header(reinterpret_cast<std::uint8_t*>(image.data()), 0)->file_id);
  const std::uint64_t offset = b.records()[1].first;
  log::Draft draft;
  draft.kind = Kind::kAppend;
  draft.type = 1;
  draft.epoch = 1;
  draft.prev_key_hash = load_le<std::uint32_t>(image.data() + offset + 20);
  draft.seq = 2;
  draft.time = kTime + 2'000'000;
  draft.prev = b.records()[0].first;
  draft.chained = true;
  draft.ordinal = 1;
  draft.since_start = 1;
  draft.total = 99;
  draft.key = "k";
  draft.value = "two";
  auto* data = reinterpret_cast<std::uint8_t*>(image.data());
  std::fill(data + offset, data + image.size(), 0);
  log::publish_header(data, offset, log::build_record(draft, binding, data, offset));
  const Report report = audit_of(image);
  REQUIRE(report.damage.size() == 1);
  CHECK(report.damage[0].begin == offset);
  CHECK(report.damage[0].key == "k");
}

}  // namespace
}  // namespace kvstore::maint::testing
