// REFs in the audits: what a verify tells of them, and what becomes of them in a repaired file.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "src/log/reference.h"
#include "src/maint/map.h"
#include "src/maint/print.h"
#include "tests/maint/support.h"

using namespace kvstore::maint;
using namespace kvstore::maint::testing;

namespace {

std::string text_of(std::size_t size, char first) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(first + i % 19);
  return bytes;
}

// Record 0: a; 1: a grows; 2: b is a; 3: b grows; 4: a is set anew; 5: c is b.
struct Copied : Builder {
  Copied() {
    set("a", text_of(3000, 'a'));
    append("a", text_of(100, 'A'));
    refer("b", "a");
    append("b", text_of(50, '0'));
    set("a", "new");
    refer("c", "b");
    set("z", "end");
  }
};

}  // namespace

TEST_CASE("a verify of a file with references finds nothing wrong") {
  Copied b;
  const Report report = audit_of(b.close());
  CHECK(report.state() == kvstore::maint::State::kIntact);
  CHECK(report.records.at(kvstore::log::Kind::kRef) == 2);
  CHECK(report.live_keys == 4);
}

TEST_CASE("a repair keeps references, wherever their targets stand then") {
  for (const Way way : {Way::kJudged, Way::kCarved}) {
    Copied b;
    const std::string image = flip(b.close(), b.records()[4].first + 30);  // a's new value
    const Outcome outcome = rebuilt(image, way);
    CHECK(check_truth(b, outcome) == std::set<std::string>{"a"});
    const Report again = audit_of(outcome.repaired);
    CHECK(again.state() == kvstore::maint::State::kIntact);
    CHECK(again.records.at(kvstore::log::Kind::kRef) == 2);
  }
}

TEST_CASE("keys that refer to damaged bytes are told of, and stay readable elsewhere") {
  Copied b;
  const std::string image = flip(b.close(), b.records()[0].first + 48 + 1 + 1500);
  const Outcome outcome = rebuilt(image);
  const auto json = to_json(outcome.report, reinterpret_cast<const std::uint8_t*>(image.data()));
  std::set<std::string> referred;
  for (const Loss& loss : outcome.report.losses) {
    if (loss.is_referred) referred.insert(loss.key);
    if (loss.is_referred) CHECK(loss.lost_size == 1024);
  }
  CHECK(referred == std::set<std::string>{"b", "c"});
  CHECK(json.dump().find("\"referred\":true") != std::string::npos);
  CHECK(check_truth(b, outcome) == std::set<std::string>{"b", "c"});
  Opened opened = open(outcome.repaired);
  std::string value;
  REQUIRE(*opened.store->read("c", 2100, 5000, &value));
  CHECK(value == b.now().at("c").substr(2100));
  CHECK(audit_of(outcome.repaired).records.at(kvstore::log::Kind::kRef) == 2);
}

TEST_CASE("a reference whose target cannot be read becomes a gap of its length") {
  Copied b;
  const std::string image = flip(b.close(), b.records()[1].first + 24);  // the append to a
  const Outcome outcome = rebuilt(image);
  CHECK(check_truth(b, outcome) == std::set<std::string>{"b", "c"});
  Opened opened = open(outcome.repaired);
  CHECK((*opened.store->stat("b"))->size == 3150);
  std::string value;
  REQUIRE(*opened.store->read("b", 3100, 100, &value));
  CHECK(value == text_of(50, '0'));
}

TEST_CASE("of a reference only the piece is lost whose target is") {
  Copied b;
  b.append("c", text_of(20, 'a'));
  const std::string whole = b.now().at("c");
  const std::string image = flip(b.close(), b.records()[3].first + 24);  // the append to b
  const Outcome outcome = rebuilt(image);
  CHECK(check_truth(b, outcome) == std::set<std::string>{"b", "c"});
  Opened opened = open(outcome.repaired);
  std::string value;
  REQUIRE(*opened.store->read("c", 0, 3100, &value));
  CHECK(value == whole.substr(0, 3100));
  REQUIRE(*opened.store->read("c", 3150, 100, &value));
  CHECK(value == whole.substr(3150));
  CHECK(opened.store->read("c", 3149, 1, &value).error().code == kvstore::Code::kCorrupt);
  const Report again = audit_of(outcome.repaired);
  CHECK(again.state() == kvstore::maint::State::kIntact);
  CHECK(again.records.at(kvstore::log::Kind::kRef) == 2);
}

TEST_CASE("what a reference names behind a lost piece is written out") {
  Copied b;
  b.append("c", text_of(400, 'c'));
  b.refer("d", "c");
  b.append("d", text_of(2000, 'd'));
  b.refer("e", "d");
  const std::string whole = b.now().at("e");
  const std::string image = flip(b.close(), b.records()[3].first + 24);  // the append to b
  const Outcome outcome = rebuilt(image);
  CHECK(check_truth(b, outcome) == std::set<std::string>{"b", "c", "d", "e"});
  Opened opened = open(outcome.repaired);
  for (const char* key : {"d", "e"}) {
    CAPTURE(key);
    std::string value;
    REQUIRE(*opened.store->read(key, 0, 3100, &value));
    CHECK(value == whole.substr(0, 3100));
    REQUIRE(*opened.store->read(key, 3150, 9999, &value));
    CHECK(value == whole.substr(3150));
  }
  CHECK(audit_of(outcome.repaired).state() == kvstore::maint::State::kIntact);
  // Of each key one version, and the ones before it.
  int versions = 0;
  REQUIRE(opened.store->history("e", 10, [&](const kvstore::Version& version) {
    ++versions;
    CHECK(version.size == whole.size());
    return true;
  }));
  CHECK(versions == 1);
}

TEST_CASE("each damaged byte of a log with references is CORRUPT, told, or the truth") {
  for (const Way way : {Way::kJudged, Way::kCarved}) {
    Copied b;
    b.remove("b");
    b.refer("d", "c");
    b.append("d", "x");
    const std::string image = b.close();
    for (std::uint64_t at = b.records().front().first; at < image.size(); at += 7) {
      CAPTURE(at);
      check_truth(b, rebuilt(flip(image, at, at % 8), way));
    }
  }
}

TEST_CASE("each damaged byte of a base that shares values is CORRUPT, told, or the truth") {
  for (const Way way : {Way::kJudged, Way::kCarved}) {
    Builder b(base_page(9));
    b.base("a", {text_of(1500, 'a'), text_of(700, 'b')}, 4);
    b.refer("b", "a", 2);
    b.base("b", {text_of(90, '0')}, 2);
    b.refer("c", "b", 9);
    b.end_base();
    b.set("a", "new");
    b.refer("d", "c");
    b.append("b", "x");
    const std::string image = b.close();
    CHECK(audit_of(image, way).state() == kvstore::maint::State::kIntact);
    for (std::uint64_t at = b.records().front().first; at < image.size(); at += 5) {
      CAPTURE(at);
      check_truth(b, rebuilt(flip(image, at, at % 8), way));
    }
  }
}

TEST_CASE("what is referred to is live in a map, whatever its key holds now") {
  Builder b;
  b.set("a", text_of(100'000, 'a'));
  b.refer("b", "a");
  b.refer("c", "a");
  b.remove("a");
  const std::string image = b.close();
  kvstore::testing::SimFiles files;
  files.put("a.bin", image);
  const auto source = open_source(files, "a.bin", kvstore::file::Mode::kReadOnly);
  REQUIRE(source);
  const auto map = map_space(*source, kTime + 60'000'000);
  REQUIRE(map);
  CHECK(map->total[static_cast<std::size_t>(SpaceClass::kLive)] > 100'000);
  CHECK(map->total[static_cast<std::size_t>(SpaceClass::kHistory)] < 1000);
  CHECK(map->compacted_bare < 110'000);  // once, though two keys show it
  CHECK(map->compacted < 110'000);
}
