#include "src/maint/print.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "src/maint/records.h"
#include "src/maint/text.h"
#include "tests/maint/support.h"

namespace kvstore::maint::testing {
namespace {

TEST_CASE("the JSON report says what the words say") {
  Builder b;
  b.set("k\xff", "1");
  b.set("other", "1");
  b.set("k\xff", "2");
  const std::string image = b.close();
  const std::string damaged = flip(image, b.records()[2].first);
  const Report report = audit_of(damaged);
  const auto* data = reinterpret_cast<const std::uint8_t*>(damaged.data());
  const auto json = nlohmann::ordered_json::parse(to_json(report, data).dump());
  CHECK(json["state"] == "damaged");
  CHECK(json["exit_code"] == 6);
  CHECK(json["keys"]["lost"] == 1);
  REQUIRE(json["damage"].size() == 1);
  CHECK(json["damage"][0]["begin"] == b.records()[2].first);
  CHECK(json["damage"][0]["kind"] == "rotten");
  REQUIRE(json["repair"]["keys_lost"].size() == 1);
  CHECK(json["repair"]["keys_lost"][0]["key"]["base64"] == "a/8=");
  CHECK(json["repair"]["keys_lost"][0]["mark"] == "hole");
  const std::string words = describe(report, data, false);
  CHECK(words.find("\"k\\xff\": its newest state") != std::string::npos);
}

TEST_CASE("keys are shown so that no terminal is harmed and the shell reads them back") {
  CHECK(quoted_word("plain") == "plain");
  CHECK(quoted_word("") == "\"\"");
  CHECK(quoted_word("two words") == "\"two words\"");
  CHECK(quoted_word("\x1b[31m") == "\"\\x1b[31m\"");
  CHECK(quoted_word("a\nb\t\"\\") == "\"a\\nb\\t\\\"\\\\\"");
  CHECK(quoted_word("caf\xc3\xa9") == "\"caf\xc3\xa9\"");
  CHECK(quoted_word("\xff") == "\"\\xff\"");
  CHECK(quoted_word("\xe2\x80\xae") == "\"\\xe2\\x80\\xae\"");
  CHECK(quoted_word(std::string(500, 'x'), 10) == "xxxxxxxxxx...");
}

TEST_CASE("records are listed by key, from an offset, and up to a limit") {
  Builder b;
  for (int i = 0; i < 10; ++i) b.set(i % 2 == 0 ? "even" : "odd", std::to_string(i));
  SimFiles files;
  files.put("f", flip(b.close(), b.records()[3].first));
  const auto source = open_source(files, "f", file::Mode::kReadOnly);
  REQUIRE(source.has_value());
  const auto list = [&](const RecordsOptions& options) {
    std::vector<std::string> lines;
    CHECK(list_records(*source, options, [&](std::string line) {
      lines.push_back(std::move(line));
      return true;
    }));
    return lines;
  };
  RecordsOptions options;
  CHECK(list(options).size() == 10);
  CHECK(list(options)[3].find("BAD") != std::string::npos);
  options.from = b.records()[5].first - 3;
  CHECK(list(options).size() == 5);
  options.limit = 2;
  CHECK(list(options).size() == 2);
  options = {};
  options.key = "even";
  CHECK(list(options).size() == 6);  // and the bad place, which may be one of its
  options.json = true;
  for (const std::string& line : list(options)) {
    CHECK(nlohmann::json::parse(line).contains("offset"));
  }
}

}  // namespace
}  // namespace kvstore::maint::testing
