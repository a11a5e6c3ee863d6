// What is exported and imported again is the same, whatever bytes it is made of.
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "tests/support/open_store.h"
#include "tests/transfer/support.h"

using namespace kvstore;
using namespace kvstore::transfer;
using namespace kvstore::transfer::test;
using kvstore::testing::open_store;
using kvstore::testing::SimFiles;

namespace {

constexpr std::uint64_t kFarAway_ms = 4'102'444'800'000;  // 2100

// What parsers take for something else, and bytes of every kind.
rc::Gen<std::string> bytes() {
  using namespace std::string_literals;
  const auto special = rc::gen::element(
      ""s, "END"s, "\nEND\n"s, "a\nEND"s, "END\r\nb"s, "\""s, "\"\""s, "a,b"s, "\r"s, "\r\n"s,
      "\n"s, "<<EOT"s, "#x"s, "5"s, "-5"s, "+1"s, "\\"s, "'"s, "a b"s, "\t"s, "\0"s, "\xff\xfe"s,
      "{\"a\":1}"s, "\xef\xbb\xbf"s, "\u00e9\u2028"s, "$3\r\nfoo\r\n"s, "*1\r\n"s, "base64"s,
      "\x7f\x1b[0m"s, "key"s, std::string(5000, '\n'), std::string(4096, '\0'),
      std::string(4097, 'x'), std::string(70'000, '\x01'),
      std::string(70'000, 'y') + "\xc3\xa9\"\\", std::string(100'000, '\xff'));
  return rc::gen::weightedOneOf<std::string>(
      {{3, special},
       {3, rc::gen::container<std::string>(rc::gen::arbitrary<char>())},
       {1, rc::gen::map(rc::gen::pair(special, special),
                        [](const auto& two) { return two.first + two.second; })}});
}

rc::Gen<std::string> key() {
  return rc::gen::weightedOneOf<std::string>(
      {{1, rc::gen::suchThat(bytes(), [](const auto& key) { return key.size() <= kMaxKeySize; })},
       {1, rc::gen::element<std::string>("a", "b", "c", "")}});
}

rc::Gen<std::uint64_t> expiry() {
  return rc::gen::weightedOneOf<std::uint64_t>(
      {{3, rc::gen::just<std::uint64_t>(0)},
       {1, rc::gen::map(rc::gen::inRange<std::uint64_t>(0, 100'000),
                        [](std::uint64_t more) { return kFarAway_ms + more; })},
       {1, rc::gen::element<std::uint64_t>(253'402'300'799'999, 253'402'300'800'000,
                                           (std::uint64_t{1} << 48) - 1)}});
}

void fill(Store& store) {
  const int writes = *rc::gen::inRange(0, 25);
  for (int i = 0; i < writes; ++i) {
    const std::string name = *key();
    if (*rc::gen::inRange(0, 20) == 0) RC_ASSERT(store.clear().has_value());
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
        RC_ASSERT(store.remove(name).has_value());
        break;
      case 1:
        RC_ASSERT(store.append(name, *bytes()).has_value());
        break;
      default:
        RC_ASSERT(store.set(name, *bytes(), {.expires_at_ms = *expiry()}).has_value());
    }
  }
}

struct Two {
  SimFiles files, other_files;
  std::unique_ptr<Store> store = open_store(files);
  std::unique_ptr<Store> other = open_store(other_files);
};

}  // namespace

TEST_CASE("random keys, values and expiries survive an export and an import in each format") {
  for (const Format format : kFormats) {
    CAPTURE(static_cast<int>(format));
    CHECK(rc::check("keys", [format] {
      Two two;
      fill(*two.store);
      const std::string text = export_of(*two.store, format);
      RC_ASSERT(import_into(two.other.get(), text, {.format = format}).error == "");
      RC_ASSERT(content_of(*two.other) == content_of(*two.store));
      RC_ASSERT(export_of(*two.other, format) == text);
    }));
  }
}

TEST_CASE("so do histories, version by version") {
  for (const Format format : kFormats) {
    CAPTURE(static_cast<int>(format));
    CHECK(rc::check("versions", [format] {
      Two two;
      fill(*two.store);
      const std::string text = history_of(*two.store, format);
      RC_ASSERT(import_into(two.other.get(), text, {.format = format}).error == "");
      RC_ASSERT(content_of(*two.other) == content_of(*two.store));
      // An append of nothing is written as the change of an expiry, which it may be.
      const auto without_empty_appends = [](std::string versions) {
        std::string kept;
        for (std::size_t at = 0; at < versions.size();) {
          const std::size_t end = versions.find('\n', at) + 1;
          const std::string line = versions.substr(at, end - at);
          if (line[0] != '1' || line.find(" = \"\"#") == line.npos) kept += line;
          at = end;
        }
        return kept;
      };
      RC_ASSERT(without_empty_appends(versions_of(*two.other)) ==
                without_empty_appends(versions_of(*two.store)));
    }));
  }
}

TEST_CASE("the format of what was exported is seen by how it begins") {
  for (const Format format : kFormats) {
    for (const bool history : {false, true}) {
      CAPTURE(static_cast<int>(format));
      Two two;
      for (const char* name : {"\"", "key", "{", "*1", "#a", ""})
        REQUIRE(two.store->set(name, "a,b\n"));
      const std::string text =
          history ? history_of(*two.store, format) : export_of(*two.store, format);
      CHECK(format_of_content(text) == format);
      CHECK(import_into(two.other.get(), text).error == "");
      CHECK(content_of(*two.other) == content_of(*two.store));
    }
  }
}

TEST_CASE("however the bytes are cut up, the changes are the same") {
  SimFiles files;
  const auto store = open_store(files);
  REQUIRE(store->set("a\n", "one\r\n\"two\", three", {.expires_at_ms = kFarAway_ms}));
  REQUIRE(store->set("b", std::string(5000, 'x') + "\nEND\n"));
  REQUIRE(store->append("a\n", "\xff\0"));
  REQUIRE(store->remove("b"));
  for (const Format format : kFormats) {
    for (const std::string& text : {export_of(*store, format), history_of(*store, format)}) {
      const std::string whole = changes_in(text, format);
      CHECK(std::count(whole.begin(), whole.end(), '\n') >= 1);
      for (const std::size_t step : {1, 2, 3, 7, 64, 1000})
        CHECK(changes_in(text, format, step) == whole);
    }
  }
}

TEST_CASE("an export is of one prefix, and of one moment") {
  SimFiles files;
  const auto store = open_store(files);
  REQUIRE(store->set("user:1", "Al"));
  const std::uint64_t then = store->set("user:2", "Bo")->seq;
  REQUIRE(store->set("user:1", "Cy"));
  REQUIRE(store->remove("user:2"));
  REQUIRE(store->set("x", "y"));
  CHECK(export_of(*store, Format::kKv) == "SET user:1 Cy\nSET x y\n");
  const auto text = [&](const std::string& prefix, const At& at, bool history) {
    return export_of(*store, {.prefix = prefix, .at = at, .history = history});
  };
  CHECK(text("user:", {}, false) == "SET user:1 Cy\n");
  CHECK(text("", {.seq = then, .time_us = {}}, false) == "SET user:1 Al\nSET user:2 Bo\n");
  const std::string versions = text("user:", {.seq = then + 1, .time_us = {}}, true);
  CHECK(changes_in(versions, Format::kKv) ==
        changes_in("SET user:1 Al\nSET user:2 Bo\nSET user:1 Cy\n", Format::kKv));
}

TEST_CASE("what a script of the text language makes of an export is the same store") {
  // PXAT, quotes and blocks are the language's own: tests/cli runs such a file.
  SimFiles files;
  const auto store = open_store(files);
  REQUIRE(store->set("a", "1", {.expires_at_ms = kFarAway_ms}));
  REQUIRE(store->set("long", std::string(4097, 'x') + "\nEND", {.expires_at_ms = kFarAway_ms}));
  const std::string text = export_of(*store, Format::kKv);
  CHECK(text.starts_with("SET a \"1\" PXAT 4102444800000\nSET long <<END-"));
  CHECK(text.find(" PXAT 4102444800000\nxxxx") != text.npos);
}
