// What is wrong in a file is named, with its line, and what stands before it is kept.
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "tests/support/open_store.h"
#include "tests/transfer/support.h"

using namespace kvstore;
using namespace kvstore::transfer;
using namespace kvstore::transfer::test;
using kvstore::testing::open_store;
using kvstore::testing::SimFiles;

namespace {

struct Case {
  Format format;
  std::string good;   // two changes
  std::string wrong;  // what follows
  std::string error;  // how it begins
};

const std::string kJson = "{\"key\":\"a\",\"value\":\"1\"}\n\n{\"value\":\"2\",\"key\":\"b\"}\n";
const std::string kCsv = "value,key\r\n1,a\n\n2,b\n";
const std::string kKv = "# comment\nSET a 1\nSET b 2\n";
const std::string kResp =
    "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n*3\r\n$3\r\nset\r\n$1\r\nb\r\n$1\r\n2\r\n";

const Case kCases[] = {
    {Format::kJsonl, kJson, "nonsense", "in:4: SYNTAX column 2: "},
    {Format::kJsonl, kJson, "[1]", "in:4: SYNTAX the line is an array"},
    {Format::kJsonl, kJson, "\"text\"", "in:4: SYNTAX the line is text, not an object"},
    {Format::kJsonl, kJson, "{\"key\":\"c\"", "in:4: SYNTAX column 11: "},
    {Format::kJsonl, kJson, "{\"key\":\"c\"}", "in:4: SYNTAX there is no \"value\""},
    {Format::kJsonl, kJson, "{\"value\":\"c\"}", "in:4: SYNTAX there is no \"key\""},
    {Format::kJsonl, kJson, "{\"key\":\"c\",\"value\":5}", "in:4: SYNTAX \"value\" is a number"},
    {Format::kJsonl, kJson, "{\"key\":\"c\",\"value\":null}", "in:4: SYNTAX \"value\" is null"},
    {Format::kJsonl, kJson, "{\"key\":\"c\",\"value\":[\"x\"]}",
     "in:4: SYNTAX \"value\" is an array"},
    {Format::kJsonl, kJson, "{\"key\":\"c\",\"value\":{}}", "in:4: SYNTAX \"value\" is an object"},
    {Format::kJsonl, kJson, "{\"key\":\"c\",\"value\":{\"x\":\"\"}}",
     "in:4: SYNTAX \"value\" is an object"},
    {Format::kJsonl, kJson, "{\"key\":\"c\",\"value\":{\"base64\":{}}}",
     "in:4: SYNTAX \"value\" is an object"},
    {Format::kJsonl, kJson, "{\"key\":\"c\",\"value\":{\"base64\":\"?\"}}",
     "in:4: SYNTAX \"value\" is not base64"},
    {Format::kJsonl, kJson, "{\"key\":\"c\",\"value\":\"\",\"x\":1}",
     "in:4: SYNTAX there is no field 'x'"},
    {Format::kJsonl, kJson, "{\"key\":\"c\",\"key\":\"d\",\"value\":\"\"}",
     "in:4: SYNTAX \"key\" is there twice"},
    {Format::kJsonl, kJson, "{\"key\":\"c\",\"value\":\"\",\"expires\":\"soon\"}",
     "in:4: NUMBER 'soon' is not a time"},
    {Format::kJsonl, kJson, "{\"key\":\"c\",\"value\":\"\",\"expires\":0}",
     "in:4: NUMBER '0' is not a time"},
    {Format::kJsonl, kJson, "{\"key\":\"c\",\"value\":\"\",\"expires\":3600}",
     "in:4: NUMBER '3600' is not a time"},
    {Format::kJsonl, kJson, "{\"key\":\"c\",\"value\":\"\",\"expires\":1772373600}",
     "in:4: NUMBER '1772373600' is not a time"},
    {Format::kJsonl, kJson, "{\"key\":\"c\",\"value\":\"\",\"kind\":\"x\"}",
     "in:4: SYNTAX there is no kind 'x'"},
    {Format::kJsonl, kJson, "{\"key\":\"c\",\"value\":\"\",\"kind\":\"delete\"}",
     "in:4: SYNTAX \"value\" does not go"},
    {Format::kJsonl, kJson, "{\"key\":\"\xff\",\"value\":\"\"}", "in:4: SYNTAX column "},
    {Format::kJsonl, kJson, "{\"key\":\"\\ud800\",\"value\":\"\"}", "in:4: SYNTAX column "},
    {Format::kJsonl, kJson, "{\"key\":\"c\",\"value\":\"\"} x", "in:4: SYNTAX column "},
    {Format::kCsv, kCsv, "3", "in:5: SYNTAX the row has 1 fields, the header 2"},
    {Format::kCsv, kCsv, "3,c,\n", "in:5: SYNTAX the row has 3 fields, the header 2"},
    {Format::kCsv, kCsv, "a\"b\"c,d\n", "in:5: SYNTAX a quote within a field"},
    {Format::kCsv, kCsv, "\"a\"b,c\n", "in:5: SYNTAX bytes follow a closing quote"},
    {Format::kCsv, kCsv, "\"a,c\nd,e\n", "in:5: SYNTAX a quote is never closed"},
    {Format::kKv, kKv, "FROB\n", "in:4: UNKNOWN "},
    {Format::kKv, kKv, "GET a\n", "in:4: UNKNOWN 'GET' is nothing to import"},
    {Format::kKv, kKv, "SET a\nx", "in:4: "},
    {Format::kKv, kKv, "SET a \"x\n", "in:4: SYNTAX "},
    {Format::kKv, kKv, "SET a b c\n", "in:4: SYNTAX 'SET' has the unknown option 'c'"},
    {Format::kKv, kKv, "SET a 0 7\nx", "in:4: "},
    {Format::kKv, kKv, "PEXPIREAT a soon\n", "in:4: NUMBER 'soon' is not a time"},
    {Format::kResp, kResp, "*1\r\n", "in: command 3: SYNTAX Protocol error: the input ended"},
    {Format::kResp, kResp, "hello\r\n", "in: command 3: SYNTAX it is not an array"},
    {Format::kResp, kResp, "*1\r\n$-3\r\n", "in: command 3: SYNTAX Protocol error"},
    {Format::kResp, kResp, "*2\r\n$3\r\nSET\r\n$1\r\na\r\n",
     "in: command 3: SYNTAX 'SET' has 2 words"},
    {Format::kResp, kResp, "*1\r\n$5\r\nMULTI\r\n" + kResp,
     "in: command 5: SYNTAX the input ends within"},
};

}  // namespace

TEST_CASE("a wrong line is named with its number, and nothing before it is lost") {
  for (const Case& c : kCases) {
    CAPTURE(c.wrong);
    const std::string good = changes_in(c.good, c.format);
    CHECK(good.find("in") == good.npos);
    for (const std::size_t step : {std::size_t{1}, std::size_t{5}, SIZE_MAX}) {
      const std::string changes = changes_in(c.good + c.wrong, c.format, step);
      REQUIRE(changes.starts_with(good));
      CHECK_MESSAGE(changes.substr(good.size()).starts_with(c.error), changes);
    }
    SimFiles files;
    const auto store = open_store(files);
    const Imported imported = import_into(store.get(), c.good + c.wrong, {.format = c.format});
    CHECK_MESSAGE(imported.error.starts_with(c.error), imported.error);
    CHECK(imported.report.counts.sets == 2);
    SimFiles after_power_loss;  // it is on the disk
    std::mt19937_64 random;
    after_power_loss.put("a.bin",
                         files.crash_image("a.bin", kvstore::testing::Loss::kEverything, random));
    const auto again = open_store(after_power_loss);
    CHECK(kvstore::testing::get(*again, "a") == "1");
    CHECK(kvstore::testing::get(*again, "b") == "2");
  }
}

TEST_CASE("a file whose first row, or first bytes, are of something else imports nothing") {
  const std::string cases[][2] = {
      {"name,price\na,1\n", "in: FORMAT it begins as none of"},
      {"key,price\na,1\n", "in:1: SYNTAX the column 'price' is not one that an import knows"},
      {"key,key\n", "in:1: SYNTAX the column key is there twice"},
      {"expires,key\n", "in:1: SYNTAX the first row names no column value"},
      {"REDIS0011\xfa", "in: FORMAT it is an RDB file of Redis"},
      {"\x1f\x8b\x08", "in: FORMAT it is compressed by gzip"},
      {"[\n{\"key\":\"a\",\"value\":\"b\"}]", "in: FORMAT it is a JSON array"},
      {"Dear Sir,\n", "in: FORMAT it begins as none of"},
      {std::string("\x89"
                   "PNG\r\n\x1a\n\0\0\0",
                   11),
       "in: FORMAT it begins as none of"},
      {std::string(100, '\0'), "in: FORMAT it begins as none of"},
  };
  for (const auto& [text, error] : cases) {
    CAPTURE(text);
    SimFiles files;
    const auto store = open_store(files);
    const Imported imported = import_into(store.get(), text);
    CHECK_MESSAGE(imported.error.starts_with(error), imported.error);
    CHECK(imported.report.counts.all() == 0);
    CHECK(store->open_report().how == OpenReport::How::kAbsent);  // and made no file
  }
  CHECK(import_into(nullptr, "", {.dry_run = true}).error == "");
  CHECK(import_into(nullptr, "# nothing\n", {.dry_run = true}).error == "");
  // What is surely something else is refused also where a format was named.
  CHECK(import_into(nullptr, "REDIS0011", {.format = Format::kCsv, .dry_run = true})
            .error.starts_with("in: FORMAT it is an RDB"));
}

TEST_CASE("a line that is too long is refused before it is all in memory") {
  const ReaderOptions options{.max_line = 1000};
  const std::string endless(5000, 'x');
  for (const std::size_t step : {std::size_t{100}, SIZE_MAX}) {
    CHECK(changes_in(kJson + "{\"key\":\"" + endless, Format::kJsonl, step, options)
              .find("in:4: TOOBIG") != std::string::npos);
    CHECK(changes_in(kCsv + endless, Format::kCsv, step, options).find("in:5: TOOBIG") !=
          std::string::npos);
    CHECK(
        changes_in(kCsv + endless + "\n3,c\n", Format::kCsv, step, options).find("in:5: TOOBIG") !=
        std::string::npos);
  }
  CHECK(
      changes_in("SET a " + std::string(2'000'000, 'x'), Format::kKv).starts_with("in:1: TOOBIG"));
  CHECK(changes_in(std::string(2'000'000, '*'), Format::kResp).starts_with("in: command 1: "));
  CHECK(changes_in("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$9999999999\r\n", Format::kResp)
            .starts_with("in: command 1: TOOBIG"));
}

TEST_CASE("what people write by hand is read, too") {
  const std::string one = changes_in("SET a \"b,\"\n", Format::kKv);
  CHECK(changes_in("\xef\xbb\xbf"
                   "set a 0 2\nb,\n",
                   Format::kKv) == one);
  CHECK(changes_in("PUT a <<X\r\nb,\r\nX\r\n", Format::kKv) == one);
  CHECK(changes_in("\xef\xbb\xbf"
                   "key,value\na,\"b,\"",
                   Format::kCsv) == one);
  CHECK(changes_in("\"key\",\"value\",base64\na,Yiw=,value\r\n", Format::kCsv) == one);
  CHECK(changes_in("\xef\xbb\xbf { \"value\" : \"b\\u002c\" , \"key\":{\"base64\":\"YQ==\"}} ",
                   Format::kJsonl) == one);
  const std::string expiring = changes_in("SET a b PXAT 1772373600000\n", Format::kKv);
  CHECK(changes_in("SET a b EXAT 1772373600\n", Format::kKv) == expiring);
  CHECK(changes_in("{\"key\":\"a\",\"value\":\"b\",\"expires\":1772373600000}", Format::kJsonl) ==
        expiring);
  CHECK(changes_in("{\"key\":\"a\",\"value\":\"b\",\"expires\":\"2026-03-01T15:00+01:00\"}",
                   Format::kJsonl) == expiring);
  CHECK(changes_in("expires,key,value\n2026-03-01T14:00:00Z,a,b\n", Format::kCsv) == expiring);
  CHECK(changes_in("SET a 60 1\nb", Format::kKv, SIZE_MAX, {.now_ms = 1772373540000}) == expiring);
  CHECK(changes_in("PEXPIREAT a 5\nPERSIST a\n", Format::kKv) == "3 \"a\" until 5\n3 \"a\"\n");
}
