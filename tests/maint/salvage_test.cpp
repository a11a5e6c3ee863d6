#include <doctest/doctest.h>

#include "src/maint/seed.h"
#include "tests/maint/support.h"

namespace kvstore::maint::testing {
namespace {

std::string filled(Builder& b) {
  for (int i = 0; i < 50; ++i) {
    b.set("key" + std::to_string(i % 11), "value " + std::to_string(i));
    b.append("log", std::to_string(i) + " ");
  }
  b.set("big", std::string(9000, 'x'));
  return b.close();
}

TEST_CASE("records are read although the whole header page is gone") {
  Builder b;
  std::string image = filled(b);
  SUBCASE("zeros") { image.replace(0, 4096, 4096, '\0'); }
  SUBCASE("other bytes") { image.replace(0, 4096, 4096, 'x'); }
  SUBCASE("both copies of the header have one flipped bit") {
    image[60] ^= 1;
    image[512 + 60] ^= 1;
  }
  for (const Way way : {Way::kCarved, Way::kJudged}) {
    const Outcome outcome = rebuilt(image, way);
    CHECK(outcome.report.header_lost);
    CHECK(outcome.report.state() == maint::State::kDamaged);
    CHECK(outcome.report.record_count == 101);
    CHECK(check_truth(b, outcome).empty());
  }
}

TEST_CASE("the lost id is found even if the first records are damaged, too") {
  Builder b;
  std::string image = filled(b);
  image.replace(0, 4096 + 300, 4096 + 300, '\0');
  const Outcome outcome = rebuilt(image, Way::kCarved);
  CHECK(outcome.report.record_count >= 95);
  Opened opened = open(outcome.repaired);
  CHECK(get(*opened.store, "key5") == "value 49");
}

TEST_CASE("a salvage calls what a verify calls rotten neither torn nor cut") {
  for (const bool whole_page : {false, true}) {
    Builder b;
    b.set("k", "old");
    b.set("x", "1");
    b.set("k", "new");
    std::string image = flip(b.close(), b.records()[2].first + 8);
    whole_page ? image.replace(0, 4096, 4096, '\0') : image.replace(1024, 1024, 1024, '\0');
    for (const bool rebooted : {false, true}) {
      const Report judged = audit_of(image, Way::kJudged, rebooted);
      const Report carved = audit_of(image, Way::kCarved, rebooted);
      CHECK(carved.torn_begin == carved.torn_end);
      CHECK(carved.lost_records == judged.lost_records);
      CHECK(carved.rolled_back == judged.rolled_back);
      CHECK(carved.rolled_back.size() == 2);
    }
  }
  // One slot is good, and the machine runs as it did.
  Builder b;
  b.set("k", "old");
  b.sync();
  b.set("k", "new");
  const std::string image = flip(b.crash(), b.records()[1].first + 8);
  for (const bool rebooted : {false, true}) {
    const Report judged = audit_of(image, Way::kJudged, rebooted);
    const Report carved = audit_of(image, Way::kCarved, rebooted);
    CHECK(judged.torn() == rebooted);
    CHECK(carved.torn() == rebooted);
    CHECK(carved.lost_records == judged.lost_records);
  }
}

TEST_CASE("a file of one record without a header gives that record") {
  Builder b;
  b.set("k", "v");
  std::string image = b.close();
  image.replace(0, 4096, 4096, '\0');
  const Outcome outcome = rebuilt(image, Way::kCarved);
  CHECK(check_truth(b, outcome).empty());
}

TEST_CASE("the id that is found binds as the lost one did") {
  Builder b;
  const std::string image = filled(b);
  const auto* data = reinterpret_cast<const std::uint8_t*>(image.data());
  const auto id = find_file_id(data, image.size());
  REQUIRE(id);
  CHECK(log::Binding(*id).file_crc() ==
        log::Binding(log::load_header(data, 0)->file_id).file_crc());
}

TEST_CASE("what is no database is not taken for one") {
  SimFiles files;
  for (const std::string& content :
       {std::string(100, 'x'), std::string(10'000, '\0'), std::string(50'000, 'x')}) {
    files.put("foreign", content);
    const auto source = open_source(files, "foreign", file::Mode::kReadOnly);
    REQUIRE_FALSE(source.has_value());
    CHECK(source.error().code == Code::kFormat);
  }
}

TEST_CASE("carving keeps good records after a torn place; judging cuts them") {
  Builder b;
  b.set("a", "1");
  b.sync();
  b.set("b", "2");
  b.set("c", "3");
  const std::string image = flip(b.crash(), b.records()[1].first);
  const Outcome judged = rebuilt(image, Way::kJudged);
  CHECK(judged.report.state() == maint::State::kTorn);
  CHECK(judged.report.record_count == 1);
  const Outcome carved = rebuilt(image, Way::kCarved);
  CHECK(carved.report.record_count == 2);
  Opened opened = open(carved.repaired);
  CHECK(get(*opened.store, "c") == "3");
  CHECK(get(*opened.store, "b") == "(CORRUPT)");
}

}  // namespace
}  // namespace kvstore::maint::testing
