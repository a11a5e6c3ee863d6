#include "src/command/glob.h"

#include <string>

#include <doctest/doctest.h>

namespace kvstore::command {
namespace {

using namespace std::string_literals;

TEST_CASE("globs match as Redis' do") {
  struct Case {
    const char* pattern;
    const char* text;
    bool matches;
  };
  constexpr Case kCases[] = {
      {"", "", true},          {"", "a", false},        {"*", "", true},          {"*", "abc", true},
      {"a", "a", true},        {"a", "A", false},       {"a", "ab", false},       {"a*", "abc", true},
      {"*c", "abc", true},     {"a*c", "abcbc", true},  {"a*b*c", "aXbYc", true}, {"a*b*c", "acb", false},
      {"**", "x", true},       {"?", "", false},        {"?", "x", true},         {"a?c", "abc", true},
      {"a?c", "ac", false},    {"[abc]", "b", true},    {"[abc]", "d", false},    {"[a-c]x", "bx", true},
      {"[c-a]", "b", true},    {"[^a]", "b", true},     {"[^a]", "a", false},     {"[^a]", "", false},
      {"\\*", "*", true},      {"\\*", "a", false},     {"[\\]]", "]", true},     {"[ab", "b", true},
      {"h[ae]llo", "hallo", true}, {"user:*:name", "user:1:name", true},          {"*a", "aab", false},
      {"\\", "\\", true},      {"[", "a", false},       {"a[b-]", "a-", false},    {"[]a", "a", false},
  };
  for (const Case& c : kCases) {
    CAPTURE(std::string(c.pattern));
    CAPTURE(std::string(c.text));
    CHECK(glob_match(c.pattern, c.text) == c.matches);
  }
}

TEST_CASE("globs match any bytes") {
  CHECK(glob_match("a?c*"s, "a\0c\xff"s));
  CHECK(glob_match("[\x80-\xff]", "\x90"));
  CHECK(!glob_match("[\x80-\xff]", "a"));
}

TEST_CASE("a pattern of many stars takes no exponential time") {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "a*";
  CHECK(!glob_match(pattern + "b", std::string(5000, 'a')));
}

// Held against 40,000 keys this took 17 seconds once.
TEST_CASE("stars in a row, and sets of thousands, are gone over once") {
  const Glob stars(std::string(60'000, '*') + "b"), set("*[" + std::string(60'000, 'a') + "]c");
  std::size_t matched = 0;
  for (int i = 0; i < 100'000; ++i) {
    matched += stars.matches("key" + std::to_string(i)) + set.matches("aaaa" + std::to_string(i));
  }
  CHECK(matched == 0);
  CHECK(stars.matches("ab"));
  CHECK(set.matches("bac"));
  CHECK(Glob("***").matches_all());
  CHECK_FALSE(Glob("?*").matches_all());
  CHECK_FALSE(Glob("").matches_all());
}

TEST_CASE("a pattern is not longer than keys are") {
  CHECK(Glob::check(std::string(64 << 10, '*')));
  CHECK(Glob::check(std::string((64 << 10) + 1, '*')).error().code == Code::kTooBig);
}

TEST_CASE("a glob's fixed beginning narrows the search") {
  CHECK(glob_prefix("user:*") == "user:");
  CHECK(glob_prefix("a\\*b?") == "a*b");
  CHECK(glob_prefix("*") == "");
  CHECK(glob_prefix("[a]b") == "");
  CHECK(glob_prefix("plain") == "plain");
  CHECK(glob_prefix("a\\") == "a\\");
}

}  // namespace
}  // namespace kvstore::command
