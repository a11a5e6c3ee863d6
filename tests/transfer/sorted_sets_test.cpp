// Sorted sets in files: exported, imported, and as Redis' commands.
#include <algorithm>
#include <bit>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "src/sorted_set/sorted_set.h"
#include "tests/support/open_store.h"
#include "tests/transfer/support.h"

using namespace kvstore;
using namespace kvstore::transfer;
using namespace kvstore::transfer::test;
using kvstore::testing::open_store;
using kvstore::testing::SimFiles;

namespace {

constexpr std::uint64_t kFarAway_ms = 4'102'444'800'000;  // 2100

struct Two {
  SimFiles files, other_files;
  std::unique_ptr<Store> store = open_store(files);
  std::unique_ptr<Store> other = open_store(other_files);
};

void change(Store& store, std::string_view key, const std::vector<MemberChange>& changes) {
  REQUIRE(store.update([&](Update& update) { return update.change_sorted_set(key, changes); }));
}

std::string set_of(Store& store, std::string_view key, const At& at = {}) {
  const auto set = store.sorted_set(key, at);
  if (!set) return testing::name_of(set.error());
  if (!*set) return "(nil)";
  std::string text;
  for (auto at_member = (*set)->cursor(0); at_member.valid(); at_member.next()) {
    text += fmt::format("{} {},", at_member.member().name, at_member.member().score);
  }
  return text;
}

void fill(Store& store) {
  using namespace std::string_literals;
  const double infinite = std::numeric_limits<double>::infinity();
  change(store, "z", {{"a", 1}, {"b", 0.1}, {"", -infinite}, {"\0\xff\n\""s, infinite}});
  change(store, "z", {{"c d", 1e300}, {"a", std::nullopt}});
  change(store, "expires", {{"x", -0.0}});
  REQUIRE(store.expire("expires", kFarAway_ms));
  REQUIRE(store.set("text", "a string"));
  change(store, "was text", {{"m", 1}});
  change(store, "gone", {{"m", 1}});
  change(store, "gone", {{"m", std::nullopt}});
  std::vector<std::string> names;
  for (int i = 0; i < 500; ++i) names.push_back(std::string(400, 'n') + std::to_string(i));
  std::vector<MemberChange> many;
  for (const std::string& name : names)
    many.push_back({name, 1.0 / static_cast<double>(many.size() + 1)});
  change(store, "many", many);
}

void check_same(Store& a, Store& b) {
  for (const char* const key : {"z", "expires", "many", "was text", "gone"}) {
    CAPTURE(key);
    CHECK(set_of(b, key) == set_of(a, key));
    const auto one = *a.stat(key), other = *b.stat(key);
    REQUIRE(one.has_value() == other.has_value());
    if (one) CHECK(one->expires_at_ms == other->expires_at_ms);
  }
  CHECK(*a.count() == *b.count());
}

}  // namespace

TEST_CASE("sorted sets survive an export and an import in each format, with their history, too") {
  for (const Format format : kFormats) {
    for (const bool history : {false, true}) {
      CAPTURE(static_cast<int>(format));
      CAPTURE(history);
      Two two;
      fill(*two.store);
      const std::string text =
          history ? history_of(*two.store, format) : export_of(*two.store, format);
      CHECK(import_into(two.other.get(), text).error == "");
      check_same(*two.store, *two.other);
      CHECK(testing::get(*two.other, "text") == "a string");
    }
  }
}

TEST_CASE("an import counts the members of sorted sets alike in each format") {
  for (const Format format : kFormats) {
    CAPTURE(static_cast<int>(format));
    Two two;
    fill(*two.store);
    const ImportReport report = import_into(two.other.get(), export_of(*two.store, format)).report;
    CHECK(to_string(report, false).starts_with("imported 1 value, 4 sorted sets, 506 members"));
  }
}

TEST_CASE("a compacted file's pieces of a set are put together by what reads commands") {
  for (const Format format : kFormats) {
    Two two;
    std::vector<std::string> names;
    for (int i = 0; i < 60'000; ++i)
      names.push_back("a member of some length, number " + std::to_string(i));
    std::vector<MemberChange> many;
    for (const std::string& name : names) many.push_back({name, static_cast<double>(many.size())});
    change(*two.store, "z", many);
    REQUIRE(two.store->compact({.keep = KeepHistory::none()}));
    CHECK(import_into(two.other.get(), history_of(*two.store, format)).error == "");
    CHECK(set_of(*two.other, "z") == set_of(*two.store, "z"));
  }
}

TEST_CASE("ZADD and ZREM of Redis' files are followed, and what is not known makes a key go") {
  SimFiles files;
  const auto store = open_store(files);
  const Imported done =
      import_into(store.get(),
                  "*6\r\n$4\r\nZADD\r\n$1\r\nz\r\n$1\r\n1\r\n$1\r\na\r\n$3\r\ninf\r\n$1\r\nb\r\n"
                  "*3\r\n$4\r\nzrem\r\n$1\r\nz\r\n$1\r\na\r\n"
                  "*4\r\n$4\r\nZADD\r\n$1\r\ny\r\n$1\r\n1\r\n$1\r\na\r\n"
                  "*3\r\n$4\r\nZREM\r\n$1\r\ny\r\n$1\r\na\r\n"
                  "*4\r\n$4\r\nZADD\r\n$1\r\nx\r\n$1\r\n1\r\n$1\r\na\r\n"
                  "*4\r\n$7\r\nGEOADD2\r\n$1\r\nx\r\n$1\r\n1\r\n$1\r\na\r\n");
  CHECK(done.error == "");
  CHECK(set_of(*store, "z") == "b inf,");
  CHECK(set_of(*store, "y") == "(nil)");
  CHECK(set_of(*store, "x") == "(nil)");
  CHECK(done.report.counts.left_out == 1);
}

TEST_CASE("a set is moved and copied within an import, and refuses what is for strings") {
  SimFiles files;
  const auto store = open_store(files);
  CHECK(import_into(store.get(), "ZADD z 1 a\nPEXPIREAT z 4102444800000\nCOPY z copy\nRENAME z w\n",
                    {.format = Format::kKv})
            .error == "");
  CHECK(set_of(*store, "w") == "a 1,");
  CHECK(set_of(*store, "copy") == "a 1,");
  CHECK((*store->stat("w"))->expires_at_ms == kFarAway_ms);
  for (const char* const line : {"APPEND q x", "INCR q", "SETRANGE q 0 x"}) {
    SimFiles others;
    const auto other = open_store(others);
    CHECK(
        import_into(other.get(), "ZADD q 1 a\n" + std::string(line) + "\n", {.format = Format::kKv})
            .error != "");
    CHECK(set_of(*other, "q") == "a 1,");
  }
}

TEST_CASE("a type that is not known is refused") {
  for (const char* const text :
       {R"({"key":"a","type":"list","value":"b"})", "key,value,type\na,b,list\n"}) {
    SimFiles files;
    const auto store = open_store(files);
    CHECK(import_into(store.get(), text).error.find("there is no type") != std::string::npos);
  }
}

TEST_CASE("a value that is no sorted set's ends an import at its line, and is not stored") {
  const std::string good = "AQFhAAAAAAAA8D8=";  // a: 1
  const struct {
    const char* value;
    const char* line;
    const char* why;
  } cases[] = {
      {"eHg=", "in:3: ", "a member or a score of it is none"},              // xx
      {"AQFhAAAAAAAA+H8=", "in:3: ", "a member or a score of it is none"},  // a: NaN
      {"", "in:3: ", "it is empty"},
      {"AQFhAAAA", "in:4: ", "it ends within a member"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.value);
    const std::string jsonl = "{\"key\":\"ok\",\"type\":\"zset\",\"value\":{\"base64\":\"" + good +
                              "\"}}\n{\"key\":\"n\",\"value\":\"1\"}\n"
                              "{\"key\":\"a\",\"type\":\"zset\",\"value\":{\"base64\":\"" +
                              one.value + "\"}}\n{\"key\":\"b\",\"value\":\"1\"}\n";
    const std::string csv = "key,value,type,base64\nok," + good + ",zset,value\na," + one.value +
                            ",zset,value\nb,1,string,\n";
    for (const std::string& text : {jsonl, csv}) {
      SimFiles files;
      const auto store = open_store(files);
      const Imported done = import_into(store.get(), text);
      CHECK(done.error.starts_with(one.line));
      CHECK(done.error.find(one.why) != std::string::npos);
      CHECK(set_of(*store, "ok") == "a 1,");
      CHECK_FALSE(*store->stat("a"));
      CHECK_FALSE(*store->stat("b"));
      CHECK(import_into(nullptr, text, {.dry_run = true}).error == done.error);
    }
  }
  SimFiles files;
  const auto store = open_store(files);
  const std::string last =
      "{\"key\":\"a\",\"type\":\"zset\",\"value\":{\"base64\":\"AQFhAAAA\"}}\n";
  CHECK(import_into(store.get(), last).error.find("it ends within a member") != std::string::npos);
  CHECK_FALSE(*store->stat("a"));
}

TEST_CASE("JSON lines have a sorted set as names and scores, in the order of the scores") {
  using namespace std::string_literals;
  const double infinite = std::numeric_limits<double>::infinity();
  SimFiles files;
  const auto store = open_store(files);
  change(*store, "z",
         {{"b", 0.1}, {"late", infinite}, {"\xff"s, -infinite}, {"\"q\"", -0.0}, {"gone", 1}});
  change(*store, "z", {{"gone", std::nullopt}, {"b", 1e300}, {"a", 12}});
  REQUIRE(store->expire("z", kFarAway_ms));
  CHECK(export_of(*store, Format::kJsonl) ==
        R"({"key":"z","type":"zset","members":[[{"base64":"/w=="},"-inf"],["\"q\"",-0.0],["a",12],)"
        R"(["b",1e+300],["late","inf"]],"expires":"2100-01-01T00:00:00.000Z"})"
        "\n");
  CHECK(history_of(*store, Format::kJsonl).find(R"("members":[["gone",null],["b",1e+300])") !=
        std::string::npos);
}

TEST_CASE("an export of a sorted set does not depend on how the set was made") {
  for (const Format format : kFormats) {
    CAPTURE(static_cast<int>(format));
    Two two;
    change(*two.store, "z", {{"b", 2}, {"a", 1}, {"c", 3}});
    change(*two.store, "z", {{"c", std::nullopt}, {"b", 5}});
    change(*two.other, "z", {{"a", 1}, {"b", 5}});
    CHECK(export_of(*two.store, format) == export_of(*two.other, format));
  }
}

TEST_CASE("scores survive JSON lines to the bit") {
  std::vector<double> scores{0.0,
                             -0.0,
                             1,
                             -1,
                             9007199254740993.0,
                             -9223372036854775808.0,
                             18446744073709551615.0,
                             5e-324,
                             1.7976931348623157e308,
                             0.1};
  Two two;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < scores.size(); ++i) names.push_back(fmt::format("{:02}", i));
  std::vector<MemberChange> changes;
  for (std::size_t i = 0; i < scores.size(); ++i) changes.push_back({names[i], scores[i]});
  change(*two.store, "z", changes);
  CHECK(import_into(two.other.get(), export_of(*two.store, Format::kJsonl)).error == "");
  const auto set = **two.other->sorted_set("z");
  for (std::size_t i = 0; i < scores.size(); ++i) {
    CAPTURE(scores[i]);
    CHECK(std::bit_cast<std::uint64_t>(*set.score(names[i])) ==
          std::bit_cast<std::uint64_t>(scores[i]));
  }
}

TEST_CASE("members as other programs write them are read: without a type, scores as text, -0") {
  SimFiles files;
  const auto store = open_store(files);
  const char* const text =
      R"({"members":[["a",10],["b",-2],["c",1.5],["d","+inf"],["e",-0],["a",3]],"key":"z"})";
  CHECK(import_into(store.get(), text).error == "");
  CHECK(set_of(*store, "z") == "b -2,e -0,c 1.5,a 3,d inf,");
}

TEST_CASE("members that are no names and scores are refused, with their line") {
  for (const char* const members :
       {R"(["a",1])", R"([["a"]])", R"([[1,"a"]])", R"([["a","b"]])", R"([["a",1,2]])",
        R"([["a",[1]]])", R"([[{"base64":"%%"},1]])", R"([[{"base64":5},1]])", R"({"a":1})", "[]",
        R"([["a",1e999]])", "null", "5", R"([["a",true]])", R"([["a",{"base64":"AA=="}]])"}) {
    CAPTURE(members);
    SimFiles files;
    const auto store = open_store(files);
    const std::string text =
        "{\"key\":\"ok\",\"value\":\"1\"}\n{\"key\":\"z\",\"members\":" + std::string(members) +
        "}\n";
    CHECK(import_into(store.get(), text).error.starts_with("in:2: SYNTAX"));
    CHECK(set_of(*store, "z") == "(nil)");
  }
  for (const char* const line :
       {R"({"key":"z","members":[["a",1]],"value":"b"})", R"({"members":[["a",1]]})",
        R"({"key":"z","type":"string","members":[["a",1]]})",
        R"({"key":"z","kind":"delete","members":[["a",1]]})"}) {
    CAPTURE(line);
    SimFiles files;
    const auto store = open_store(files);
    CHECK(import_into(store.get(), line).error.starts_with("in:1: SYNTAX"));
  }
}

TEST_CASE("a large sorted set is several JSON lines") {
  Two two;
  std::vector<std::string> names;
  for (int i = 0; i < 400; ++i) names.push_back(std::string(60'000, 'n') + std::to_string(i));
  std::vector<MemberChange> many;
  for (const std::string& name : names) many.push_back({name, static_cast<double>(many.size())});
  change(*two.store, "z", many);
  REQUIRE(two.store->expire("z", kFarAway_ms));
  const std::string text = export_of(*two.store, Format::kJsonl);
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
  CHECK(import_into(two.other.get(), text).error == "");
  CHECK(set_of(*two.other, "z") == set_of(*two.store, "z"));
  CHECK((*two.other->stat("z"))->expires_at_ms == kFarAway_ms);
}
