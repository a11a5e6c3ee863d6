#include "repl/completion.h"
#include "tests/support/temp_dir.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

using namespace kvstore;
using namespace kvstore::repl;

namespace {

using Words = std::vector<std::string>;

Completion complete_with(std::string_view text, const Words& keys) {
  const auto find = [&](std::string_view prefix, std::size_t limit) {
    Words found;
    for (const std::string& key : keys) {
      if (key.starts_with(prefix) && found.size() < limit) found.push_back(key);
    }
    return found;
  };
  return complete(text, {find, [] { return Words{"Server", "Store"}; }});
}

}  // namespace

TEST_CASE("the first word completes to commands, whatever its case") {
  const Completion completion = complete_with("strl", {});
  CHECK(completion.candidates == Words{"STRLEN"});
  CHECK(completion.replaced_size == 4);
  CHECK(complete_with("xyz", {}).candidates.empty());
  CHECK(complete_with("", {}).candidates.size() > 10);
}

TEST_CASE("a dot completes to the shell's commands, and .help to commands") {
  CHECK(complete_with(".ti", {}).candidates == Words{".timing"});
  CHECK(complete_with(".help STRL", {}).candidates == Words{"STRLEN"});
  CHECK(complete_with("HELP STRL", {}).candidates == Words{"STRLEN"});
}

TEST_CASE("HELP completes to its topics and to groups of commands, too") {
  CHECK(complete_with("HELP tr", {}).candidates == Words{"transactions"});
  CHECK(complete_with("HELP blo", {}).candidates == Words{"blocks"});
  CHECK(complete_with(".help blo", {}).candidates == Words{"blocks"});
  const Words all = complete_with("HELP ", {}).candidates;
  for (const char* const topic : {"SET", "AT", "<<", "redis"}) {
    CHECK(std::count(all.begin(), all.end(), topic) == 1);
  }
}

TEST_CASE("a key argument completes to keys, other arguments to nothing") {
  const Words keys{"user:1", "user:2", "x"};
  CHECK(complete_with("GET us", keys).candidates == Words{"user:1", "user:2"});
  CHECK(complete_with("get ", keys).candidates == keys);
  CHECK(complete_with("SET x us", keys).candidates.empty());
  CHECK(complete_with("READ user:1 ", keys).candidates.empty());
  CHECK(complete_with("ECHO us", keys).candidates.empty());
  CHECK(complete_with("DEL x user:1 us", keys).candidates == Words{"user:1", "user:2"});
}

TEST_CASE("a key that needs quotes is offered with them") {
  const Words keys{"my key", "my\nlines"};
  const Completion completion = complete_with("GET my", keys);
  CHECK(completion.candidates == Words{"\"my key\"", "\"my\\nlines\""});
  CHECK(completion.replaced_size == 2);
  const Completion open_quote = complete_with("GET \"my k", keys);
  CHECK(open_quote.candidates == Words{"\"my key\""});
  CHECK(open_quote.replaced_size == 5);
}

TEST_CASE("of very many keys some are offered, and that there are more") {
  Words keys;
  for (int i = 0; i < 1000; ++i) keys.push_back("key" + std::to_string(i));
  const Completion completion = complete_with("GET key", keys);
  CHECK(completion.candidates.size() == 100);
  CHECK(completion.more);
}

TEST_CASE("options, sections and what dot-commands take complete, too") {
  CHECK(complete_with("SET a 1 ", {}).candidates == Words{"NX", "XX", "GET", "EX", "PX", "EXAT", "PXAT", "KEEPTTL"});
  CHECK(complete_with("GET a a", {}).candidates == Words{"AT"});
  CHECK(complete_with("HISTORY a li", {}).candidates == Words{"LIMIT"});
  CHECK(complete_with("STATS se", {}).candidates == Words{"Server"});
  CHECK(complete_with(".mode j", {}).candidates == Words{"json"});
  CHECK(complete_with(".timing o", {}).candidates == Words{"on", "off"});
}

TEST_CASE("the dot-commands that take a file complete its name") {
  const kvstore::testing::TempDir directory;
  std::filesystem::create_directories(directory / "two words");
  std::ofstream(directory / "script.kv") << "PING\n";
  const std::string before = directory / "";
  CHECK(complete_with(".read " + before + "sc", {}).candidates == Words{before + "script.kv"});
  CHECK(complete_with(".open " + before + "tw", {}).candidates == Words{'"' + before + "two words/"});
  CHECK(complete_with(".output " + before, {}).candidates.size() == 2);
}
