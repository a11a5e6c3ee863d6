#include "repl/pair_rows.h"

#include <string>

#include <doctest/doctest.h>

#include "repl/reply_shape.h"

using namespace kvstore::repl;
using kvstore::command::Reply;

namespace {

std::string shown(const Look& look, std::vector<Reply> items, Shape shape = Shape::kPairs) {
  std::string out;
  render(Reply::array(std::move(items)), look, &out, shape);
  return out;
}

std::vector<Reply> pairs() {
  return {Reply::value("a"), Reply::value("1,\n2"), Reply::value("long:key"), Reply::value("\xff")};
}

}  // namespace

TEST_CASE("keys and values are rows in every mode") {
  CHECK(shown({.mode = Mode::kCsv}, pairs()) == "a,\"1,\n2\"\nlong:key,\xff\n");
  CHECK(shown({.mode = Mode::kJson}, pairs()) ==
        "[{\"key\":\"a\",\"value\":\"1,\\n2\"},{\"key\":\"long:key\",\"value\":{\"base64\":\"/w==\"}}]\n");
  CHECK(shown({.mode = Mode::kQuoted}, pairs()) == "\"a\"\t\"1,\\n2\"\n\"long:key\"\t\"\\xff\"\n");
  CHECK(shown({}, {Reply::value("a"), Reply::value("1")}) == "a\t1\n");
  CHECK(shown({.prompt = true}, pairs()) ==
        "key       value\na         \"1,\\n2\"\nlong:key  \"\\xff\"\n");
  CHECK(shown({.mode = Mode::kHex, .prompt = true}, {Reply::value("a"), Reply::value("1")}) ==
        "key  value\n61   31\n");
}

TEST_CASE("a table tells a sorted set from an empty value") {
  CHECK(shown({.prompt = true},
              {Reply::value("a"), Reply::value(""), Reply::value("z"), Reply::missing()}) ==
        "key  value\na    \"\"\nz    (sorted set)\n");
}

TEST_CASE("members and scores are rows, whether scores come as numbers or as text") {
  Reply score;
  score.kind = Reply::Kind::kReal;
  score.real = 1.5;
  const std::vector<Reply> scores{Reply::value("ann"), score, Reply::value("bob"),
                                  Reply::value("inf")};
  CHECK(shown({.mode = Mode::kJson}, scores, Shape::kScores) ==
        R"([{"member":"ann","score":1.5},{"member":"bob","score":"inf"}])" "\n");
  CHECK(shown({.mode = Mode::kCsv}, scores, Shape::kScores) == "ann,1.5\nbob,inf\n");
  CHECK(shown({.prompt = true}, scores, Shape::kScores) ==
        "member  score\nann     1.5\nbob     inf\n");
  const std::vector<std::string_view> range{"ZRANGE", "z", "0", "-1", "withscores"};
  CHECK(shape_of(range) == Shape::kScores);
  const std::vector<std::string_view> of_that_name{"ZRANGE", "withscores", "0", "-1"};
  CHECK(shape_of(of_that_name) == Shape::kData);
  const std::vector<std::string_view> popped{"ZPOPMAX", "z"};
  CHECK(shape_of(popped) == Shape::kScores);
}

TEST_CASE("no rows are said so") {
  CHECK(shown({.mode = Mode::kJson}, {}) == "[]\n");
  CHECK(shown({.mode = Mode::kCsv}, {}).empty());
  CHECK(shown({}, {}).empty());
  CHECK(shown({.prompt = true}, {}) == "(empty array)\n");
}

TEST_CASE("a table of many rows is shown before the last one is known") {
  std::string out;
  const Look look{.prompt = true};
  PairRows rows(look, {}, &out);
  for (int i = 0; i < 1000; ++i) {
    rows.add(Reply::value("k" + std::to_string(i)));
    rows.add(Reply::value("v"));
  }
  CHECK(out.starts_with("key   value\nk0    v\n"));
  CHECK(out.ends_with("\nk999  v\n"));
  // A key that is wider than those moves its own value alone.
  rows.add(Reply::value("wide:key"));
  rows.add(Reply::value("v"));
  rows.finish();
  CHECK(out.ends_with("\nwide:key  v\n"));
}

TEST_CASE("VALUES is an option only where one may stand") {
  const auto shape = [](std::vector<std::string_view> words) { return shape_of(words); };
  CHECK(shape({"RANGE", "a", "b", "VALUES"}) == Shape::kPairs);
  CHECK(shape({"prefix", "p", "LIMIT", "3", "values"}) == Shape::kPairs);
  CHECK(shape({"PREFIX", "VALUES"}) == Shape::kData);
  CHECK(shape({"RANGE", "VALUES", "VALUES"}) == Shape::kData);
  CHECK(shape({"RANGE", "a", "b", "AFTER", "VALUES"}) == Shape::kData);
  CHECK(shape({"RANGE", "a", "b", "AFTER", "VALUES", "REV", "VALUES"}) == Shape::kPairs);
  CHECK(shape({"RANGE"}) == Shape::kData);
  CHECK(shape({"SCRUB", "status"}) == Shape::kSections);
  CHECK(shape({"SCAN", "0"}) == Shape::kCursor);
}
