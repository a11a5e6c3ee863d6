#include "repl/empty_reply.h"

#include <vector>

#include <doctest/doctest.h>

using kvstore::repl::why_empty;

namespace {
std::string why(std::vector<std::string_view> words) { return why_empty(words); }
}  // namespace

TEST_CASE("the 0 of UNDO is explained") {
  CHECK(why({"undo", "k"}) == "note: 0, as the key is missing again");
}

TEST_CASE("an empty list that is most likely a slip is explained") {
  CHECK(why({"RANGE", "z", "a"}).ends_with("\n  try: RANGE a z"));
  CHECK(why({"prefix", "user:*"}).ends_with("\n  try: PREFIX user:"));
  CHECK(why({"KEYS", "[a"}).ends_with("\n  try: KEYS [a]"));
  CHECK(why({"COUNT", "a[bc"}).ends_with("\n  try: COUNT a[bc]"));
  for (const std::vector<std::string_view>& right : std::vector<std::vector<std::string_view>>{
           {"RANGE", "a", "z"}, {"RANGE", "z", ""}, {"PREFIX", "user:"}, {"KEYS"}, {"KEYS", "[a]*"},
           {"KEYS", "\\[a"}, {"GET", "[a"}, {"NOSUCH", "*"}}) {
    CHECK(why_empty(right).empty());
  }
}
