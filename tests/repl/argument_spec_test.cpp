#include "repl/argument_spec.h"

#include <doctest/doctest.h>

#include "repl/completion.h"

using namespace kvstore::repl;

namespace {

constexpr std::string_view kSet = "key value [EX seconds|PX milliseconds] [NX]";

using Words = std::vector<std::string>;
using Views = std::vector<std::string_view>;

}  // namespace

TEST_CASE("arguments are taken apart") {
  const auto specs = parse_argument_specs(kSet);
  REQUIRE(specs.size() == 4);
  CHECK(specs[0].is_key);
  CHECK_FALSE(specs[1].optional);
  CHECK(specs[2].optional);
  REQUIRE(specs[2].options.size() == 2);
  CHECK(specs[2].options[1].keyword == "PX");
  CHECK(specs[2].options[1].value == "milliseconds");
  CHECK(find_option(specs[2], "ex") == &specs[2].options[0]);
  CHECK(parse_argument_specs("key [AT seq|time]")[1].options[0].value == "seq|time");
  CHECK(parse_argument_specs("key [key ...]")[1].repeats);
}

TEST_CASE("what remains shrinks with each word") {
  CHECK(remaining_arguments(kSet, {}) == " key value [EX seconds|PX milliseconds] [NX]");
  CHECK(remaining_arguments(kSet, {"a"}) == " value [EX seconds|PX milliseconds] [NX]");
  CHECK(remaining_arguments(kSet, {"a", "1", "EX"}) == " seconds [NX]");
  CHECK(remaining_arguments(kSet, {"a", "1", "EX", "5"}) == " [NX]");
  CHECK(remaining_arguments(kSet, {"a", "1", "nx"}) == " [EX seconds|PX milliseconds]");
  CHECK(remaining_arguments("key [key ...]", {"a", "b", "c"}) == " [key ...]");
  CHECK(remaining_arguments("[message]", {"a"}).empty());
}

TEST_CASE("options may follow once the arguments before them are there") {
  CHECK(options_after(kSet, {"a"}).empty());
  CHECK(options_after(kSet, {"a", "1"}) == Views{"EX", "PX", "NX"});
  CHECK(options_after(kSet, {"a", "1", "EX"}).empty());
  CHECK(options_after(kSet, {"a", "1", "EX", "5"}) == Views{"NX"});
  CHECK(options_after("STOP|GO", {}) == Views{"STOP", "GO"});
}

TEST_CASE("a hint follows a whole command word, or what is typed of its arguments") {
  CHECK(hint_for("STRLEN") == " key");
  CHECK(hint_for("STRLEN ") == "key");
  CHECK(hint_for("STRLEN a").empty());
  CHECK(hint_for("STRLE").empty());
  CHECK(hint_for("").empty());
  CHECK(hint_for(".mode") == " [plain|quoted|hex|json|csv]");
}
