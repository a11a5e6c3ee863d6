#include "src/maint/rebuild.h"

#include <doctest/doctest.h>

#include "src/base/coding.h"
#include "src/base/crc32c.h"
#include "src/log/header_page.h"
#include "tests/maint/support.h"

namespace kvstore::maint::testing {
namespace {

using log::Kind;

std::string read(Store& store, const std::string& key, std::int64_t offset, std::uint64_t length) {
  std::string value;
  const auto found = store.read(key, offset, length, &value);
  if (!found) return "(CORRUPT)";
  return *found ? value : "(nil)";
}

TEST_CASE("a lost append becomes a gap, and no offset shifts") {
  Builder b;
  std::string whole;
  for (int i = 0; i < 200; ++i) {
    const std::string entry = "entry " + std::to_string(i) + ";";
    b.append("log", entry);
    whole += entry;
    b.set("between", std::to_string(i));
  }
  const std::string image = b.close();
  for (const int affected_key_hash : {1, 30, 31, 32, 33, 100, 198}) {
    for (const std::uint64_t at : {0u, 24u, 200u}) {  // head, seq, or (no skip block) the value
      const auto [begin, end] = b.records()[affected_key_hash * 2];
      if (begin + at >= end) continue;
      CAPTURE(affected_key_hash);
      CAPTURE(at);
      const Outcome outcome = rebuilt(flip(image, begin + at));
      REQUIRE(outcome.report.losses.size() == 1);
      const Loss& loss = outcome.report.losses[0];
      CHECK(loss.kind == Loss::Kind::kGap);
      CHECK_FALSE(loss.starts);
      Opened opened = open(outcome.repaired);
      const auto info = opened.store->stat("log");
      REQUIRE((info && *info));
      CHECK((*info)->size == whole.size());
      CHECK(read(*opened.store, "log", 0, loss.position) == whole.substr(0, loss.position));
      const std::uint64_t behind = loss.position + loss.lost_size;
      CHECK(read(*opened.store, "log", static_cast<std::int64_t>(behind), 1000) ==
            whole.substr(behind, 1000));
      CHECK(read(*opened.store, "log", static_cast<std::int64_t>(behind) - 1, 2) == "(CORRUPT)");
      CHECK(get(*opened.store, "between") == "199");
      check_truth(b, outcome);
    }
  }
}

TEST_CASE("what is compressed stays so, with its dictionary, unless it is damaged") {
  const std::string line = "level=info service=store method=GET path=/api/v1/keys/ status=200 ";
  std::string text, long_text;
  for (int i = 0; i < 3; ++i) text += line + std::to_string(i);
  for (int i = 0; i < 300; ++i) long_text += line + std::to_string(i * 7919);
  const auto made = [&] {
    auto b = std::make_unique<Builder>(base_page(5, true));
    b->compress(line);
    b->base("ant", {text}, 4);
    b->base("bee", {long_text}, 3);
    b->end_base();
    b->set("cat", "late");
    return b;
  };
  const auto kept = made();
  const std::string image = kept->close();
  const std::uint64_t late = kept->records().back().first;
  for (const std::uint64_t at : {late + 50, kept->records()[1].first + 150}) {
    CAPTURE(at);
    const Outcome outcome = rebuilt(flip(image, at));
    CHECK(outcome.repaired.size() < image.size() + long_text.size() / 2);
    const Report report = audit_of(outcome.repaired);
    CHECK(report.state() == maint::State::kIntact);
    CHECK(report.records.count(Kind::kDictionary) == 1);
    Opened opened = open(outcome.repaired);
    CHECK(get(*opened.store, "ant") == text);
    const std::string got = get(*opened.store, "bee");
    CHECK(got == (at == late + 50 ? long_text : "(CORRUPT)"));
  }
}

TEST_CASE("a lost SET that appends followed takes the bytes before it with it") {
  Builder b;
  b.set("k", "an old value, longer than the new one");
  b.set("k", "new");
  b.append("k", "+tail");
  const std::string image = b.close();
  const Outcome outcome = rebuilt(flip(image, b.records()[1].first));
  Opened opened = open(outcome.repaired);
  CHECK(get(*opened.store, "k") == "(CORRUPT)");
  CHECK(read(*opened.store, "k", 0, 3) == "(CORRUPT)");
  CHECK(read(*opened.store, "k", 3, 5) == "+tail");
  check_truth(b, outcome);
}

TEST_CASE("a lost version that was written over is counted, and the value is whole") {
  Builder b;
  b.set("k", "1");
  b.set("k", "2");
  b.set("k", "3");
  const std::string image = b.close();
  const Outcome outcome = rebuilt(flip(image, b.records()[1].first));
  REQUIRE(outcome.report.losses.size() == 1);
  CHECK(outcome.report.losses[0].replaced);
  CHECK(check_truth(b, outcome).empty());
  Opened opened = open(outcome.repaired);
  At at;
  at.seq = 2;
  CHECK(get(*opened.store, "k", at) == "(CORRUPT)");
}

TEST_CASE("versions lost in several places are unknown from the first on, whatever came last") {
  using Finish = void (*)(Builder&);
  const Finish finishes[] = {[](Builder& b) { b.set("k", "4"); },
                             [](Builder& b) { b.append("k", "+4"); }, [](Builder&) {}};
  for (const Finish finish : finishes) {
    Builder b;
    b.set("k", "1");      // seq 1
    b.set("other", "a");  // 2
    b.append("k", "+2");  // 3, lost
    b.set("other", "b");  // 4
    b.append("k", "+3");  // 5, lost
    b.set("other", "c");  // 6
    finish(b);
    const std::string image = b.close();
    const Outcome outcome = rebuilt(flip(flip(image, b.records()[2].first), b.records()[4].first));
    Opened opened = open(outcome.repaired);
    At at;
    for (at.seq = 1; *at.seq <= 2; ++*at.seq) CHECK(get(*opened.store, "k", at) == "1");
    for (; *at.seq <= 6; ++*at.seq) CHECK(get(*opened.store, "k", at) == "(CORRUPT)");
    check_truth(b, outcome);
  }
}

TEST_CASE("of a large value one flipped bit costs one block of 1 KiB") {
  Builder b;
  std::string value(100'000, 'x');
  for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<char>('a' + i % 23);
  b.set("big", value);
  b.append("big", "tail");
  const std::string image = b.close();
  const std::uint64_t value_at = b.records()[0].first + 48 + 3;
  const Outcome outcome = rebuilt(flip(image, value_at + 50'000));
  REQUIRE(outcome.report.losses.size() == 1);
  CHECK(outcome.report.losses[0].lost_size == 1024);
  CHECK(outcome.report.losses[0].position == 49'152);
  Opened opened = open(outcome.repaired);
  CHECK(get(*opened.store, "big") == "(CORRUPT)");
  CHECK(read(*opened.store, "big", 0, 49'152) == value.substr(0, 49'152));
  CHECK(read(*opened.store, "big", 50'176, 100'000) == value.substr(50'176) + "tail");
  CHECK(read(*opened.store, "big", 50'000, 1) == "(CORRUPT)");
  check_truth(b, outcome);
}

TEST_CASE("a damaged checksum of a value that is good costs nothing") {
  Builder b;
  b.set("big", std::string(9'000, 'v'));
  const std::string image = b.close();
  // The padding after the last of nine CRCs.
  const Outcome outcome = rebuilt(flip(image, image.size() - 1));
  CHECK(outcome.report.state() == maint::State::kDamaged);
  CHECK(outcome.report.losses.empty());
  CHECK(check_truth(b, outcome).empty());
}

TEST_CASE("seqs, times, expiries and batches are kept") {
  Builder b;
  b.set("e", "v", kTime / 1000 + 1'000'000'000);
  b.set("a", "0");
  b.batch({{Kind::kSet, "a", "1"}, {Kind::kSet, "b", "2"}, {Kind::kSet, "c", "3"}});
  b.set("x", "lost");
  b.set("y", "4");
  const std::string image = b.close();
  const Outcome outcome = rebuilt(flip(image, b.records()[5].first));
  const std::string& repaired = outcome.repaired;
  const auto* data = reinterpret_cast<const std::uint8_t*>(repaired.data());
  const log::Binding binding(log::load_header(data, 0)->file_id);
  log::Scanner scanner(log::View{data, repaired.size(), &binding});
  std::string found;
  while (scanner.next() == log::Scanner::Step::kRecord) {
    const log::Record& record = scanner.record();
    found += std::string(record.key()) + std::to_string(record.seq) + " ";
    if (record.key() == "e") CHECK(record.expires == kTime / 1000 + 1'000'000'000);
    const bool mark = record.kind == Kind::kHole;
    CHECK(mark == (record.key() == "x"));
    if (!mark) CHECK(record.time == kTime + record.seq * 1'000'000);
    CHECK(((record.flags & log::kBatchMember) != 0) == (record.seq == 3));
    if (record.batch_count != 0) CHECK(record.batch_count == 3);
  }
  CHECK(found == "e1 a2 a3 b3 c3 x4 y5 ");
}

TEST_CASE("the rest of a batch that lost a member is kept, as a batch") {
  Builder b;
  b.set("a", "0");
  b.set("b", "0");
  b.batch({{Kind::kSet, "a", "1"}, {Kind::kSet, "b", "1"}, {Kind::kSet, "c", "1"}});
  b.set("d", "2");
  b.sync();
  const std::string image = b.close();
  for (const std::size_t affected_key_hash : {2u, 3u, 4u}) {
    for (const std::uint64_t at : {0u, 24u, 66u}) {
      CAPTURE(affected_key_hash);
      CAPTURE(at);
      const Outcome outcome = rebuilt(flip(image, b.records()[affected_key_hash].first + at));
      CHECK(outcome.report.record_count - outcome.report.bad_values == 5);
      check_truth(b, outcome);
    }
  }
}

TEST_CASE("damage to several records in a row lists every key not written since") {
  Builder b;
  b.set("before", "1");
  b.set("after", "1");
  b.set("x", "1");
  b.set("y", "1");
  b.set("x", "2");
  b.set("y", "2");
  b.set("after", "2");
  const std::string image = b.close();
  const Outcome outcome = rebuilt(flip(flip(image, b.records()[4].first), b.records()[5].first));
  // The last of the two is named by the record after it; of the other only its key's
  // newest good record is known.
  CHECK(outcome.rolled_back == std::set<std::string>{"before", "x"});
  REQUIRE(outcome.report.losses.size() == 1);
  CHECK(outcome.report.losses[0].key == "y");
  Opened opened = open(outcome.repaired);
  CHECK(get(*opened.store, "y") == "(CORRUPT)");
  CHECK(get(*opened.store, "x") == "1");
  CHECK(get(*opened.store, "after") == "2");
}

TEST_CASE("a batch's first record that is lost alone costs its own key only") {
  Builder b;
  b.set("a", "1");
  b.set("b", "old");
  b.batch({{log::Kind::kSet, "b", "0123456789"}, {log::Kind::kSet, "c", "1"}});
  b.set("e", "1");
  const std::string damaged = flip(b.close(), b.records()[2].first + 8);
  Opened before = open(damaged);
  CHECK(get(*before.store, "a") == "1");
  CHECK(get(*before.store, "b") == "(CORRUPT)");
  CHECK(get(*before.store, "nope") == "(nil)");
  const Outcome outcome = rebuilt(damaged);
  CHECK(outcome.rolled_back.empty());
  CHECK(check_truth(b, outcome) == std::set<std::string>{"b"});
}

TEST_CASE("no version that was acknowledged is given to another write after a repair") {
  for (const bool has_empty_key : {false, true}) {
    for (const Way way : {Way::kJudged, Way::kCarved}) {
      Builder b;
      b.set(has_empty_key ? "" : "a", "1");
      for (const char* key : {"b", "c", "d"}) b.set(key, "1");
      std::string image = b.close();
      for (std::size_t i = 1; i < 4; ++i) image = flip(image, b.records()[i].first + 8);
      const Outcome outcome = rebuilt(image, way);
      const Report after = audit_of(outcome.repaired);
      CHECK(after.state() == maint::State::kIntact);
      CHECK(after.last_seq == 4);
      CHECK(after.live_keys == 1);
      Opened opened = open(outcome.repaired);
      CHECK(get(*opened.store, has_empty_key ? "" : "a") == "1");
      CHECK(*opened.store->count() == 1);
    }
  }
}

TEST_CASE("a repaired file is intact, and repairing it again finds nothing") {
  Builder b;
  for (int i = 0; i < 300; ++i) b.append("log" + std::to_string(i % 3), std::to_string(i));
  const std::string image = b.close();
  for (std::uint64_t offset = 4100; offset < image.size(); offset += 977) {
    const Outcome outcome = rebuilt(flip(image, offset));
    CHECK(audit_of(outcome.repaired).state() == maint::State::kIntact);
  }
}

TEST_CASE("a slot that says nothing of a seq, above a lost record, makes no mark of seq 0") {
  Builder b;
  b.set("k", "v");
  std::string image = b.close();
  auto* page = reinterpret_cast<std::uint8_t*>(image.data());
  const auto header = log::load_header(page, 0);
  REQUIRE(header);
  const log::Binding binding(header->file_id);
  for (int which = 0; which < 2; ++which) {
    auto slot = log::load_slot(page, which, binding);
    if (!slot) continue;
    slot->last_seq = 0;
    log::store_slot(*slot, binding, page);
  }
  const Outcome outcome = rebuilt(flip(image, b.records()[0].first));
  CHECK(outcome.report.losses.size() == 1);
  CHECK(audit_of(outcome.repaired).state() == maint::State::kIntact);
}

TEST_CASE(
    "a batch of seq 0, which no writer makes, is damage like any that does not continue the log") {
  Builder b;
  b.batch({{Kind::kSet, "a", "1"}, {Kind::kSet, "b", "1"}});
  std::string image = b.close();
  auto* data = reinterpret_cast<std::uint8_t*>(image.data());
  const auto header = log::load_header(data, 0);
  REQUIRE(header);
  const log::Binding binding(header->file_id);
  for (const auto& [begin, end] : b.records()) {
    log::Record record;
    REQUIRE(log::read_header(data, begin, end, binding, &record) == log::HeaderCheck::kValid);
    store_le(data + begin + 24, std::uint64_t{0});
    const auto header_size = static_cast<std::size_t>(record.value_at() - record.at);
    store_le(data + begin, crc32c(binding.header_seed(begin), record.at + 4, header_size - 4));
  }
  for (const Way way : {Way::kJudged, Way::kCarved}) {
    const Outcome outcome = rebuilt(image, way);
    CHECK(outcome.report.record_count == 0);
    CHECK(audit_of(outcome.repaired).state() == maint::State::kIntact);
  }
}

}  // namespace
}  // namespace kvstore::maint::testing
