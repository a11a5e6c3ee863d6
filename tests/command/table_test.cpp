#include "src/command/table.h"

#include <algorithm>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "src/command/glob.h"
#include "src/command/help.h"
#include "src/command/words.h"
#include "src/wire/reply_parser.h"
#include "tests/command/support.h"
#include "tests/support/temp_dir.h"

namespace kvstore::command::test {
namespace {

// The last of several replies, as text.
std::string last_reply(const std::string& replies) {
  ReplyParser parser;
  parser.feed(replies);
  Reply last;
  while (parser.next() == ReplyParser::Event::kReply) last = parser.take();
  CHECK(!parser.in_reply());
  return as_text(last);
}

// "..." stands for anything; everything else for itself.
bool fits(std::string_view pattern, std::string_view text) {
  std::string glob;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern.substr(i, 3) == "...") {
      glob += '*';
      i += 2;
    } else {
      if (std::string_view("*?[\\").find(pattern[i]) != std::string_view::npos) glob += '\\';
      glob += pattern[i];
    }
  }
  return glob_match(glob, text);
}

TEST_CASE("every row's example answers what the row says, in a new store") {
  const kvstore::testing::TempDir directory;  // where BACKUP makes its file
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(directory.path());
  for (const Command& row : commands()) {
    CAPTURE(row.name);
    Fixture fixture;
    const std::string replies = fixture.text(std::string(row.example) + "\n");
    CHECK_MESSAGE(fits(std::string(row.example_reply) + "\n", last_reply(replies)), replies);
    CHECK(replies.find("-ERR") == std::string::npos);
  }
  std::filesystem::current_path(before);
}

TEST_CASE("rows are sorted, complete and consistent") {
  const auto rows = commands();
  CHECK(std::is_sorted(rows.begin(), rows.end(),
                       [](const Command& a, const Command& b) { return a.name < b.name; }));
  const auto known = groups();
  for (const Command& row : rows) {
    CAPTURE(row.name);
    CHECK((row.handler != nullptr || !row.subcommands.empty()));
    CHECK(!row.summary.empty());
    CHECK(!row.summary.ends_with('.'));
    CHECK(row.summary.find('\n') == std::string_view::npos);
    CHECK(!row.example.empty());
    CHECK(!row.example_reply.empty());
    CHECK(!row.since.empty());
    CHECK(std::find(known.begin(), known.end(), row.group) != known.end());
    CHECK((row.arity.max < 0 || row.arity.max >= row.arity.min));
    CHECK((syntax(row).empty() == (row.arity.max == 0)));
    CHECK((row.alias_of.empty() || find_command(row.alias_of)->alias_of.empty()));
  }
}

TEST_CASE("every command of this release is there") {
  for (const char* name : {"CREATE", "SET", "PUT", "GET", "APPEND", "READ", "STRLEN", "DELETE", "DEL", "EXISTS",
                           "KEYS", "RANGE", "PREFIX", "SCAN", "COUNT", "DBSIZE", "TYPE", "HISTORY", "UNDO", "DIFF", "FLUSHDISK", "SYNC", "STATS", "INFO", "SCRUB", "PING",
                           "ECHO", "HELP", "EXIT", "QUIT", "COMMAND", "CONFIG", "SELECT", "CLIENT", "HELLO", "ONERROR"}) {
    CAPTURE(name);
    REQUIRE(find_command(name) != nullptr);
    CHECK(find_command(name)->name == name);
    CHECK(find_command(lower(name)) == find_command(name));
  }
}

TEST_CASE("words that are no command are not found") {
  for (const char* word : {"", "GE", "GETT", "G\xc5T", "VERYLONGWORDTHATISNOCOMMANDATALL"}) {
    CHECK(find_command(word) == nullptr);
  }
}

TEST_CASE("a mistyped name is met with the nearest") {
  CHECK(nearest_command("GTE") == "GET");
  CHECK(nearest_command("delet") == "DELETE");
  CHECK(nearest_command("APEND") == "APPEND");
  CHECK(nearest_command("HIST") == "HISTORY");
  CHECK(nearest_command("lenstr").empty());
  CHECK(nearest_command("x").empty());
  // Half of four letters is not near.
  for (const char* word : {"SPOP", "LPOP"}) CHECK_MESSAGE(nearest_command(word).empty(), word);
  CHECK(nearest_command("SADD") == "ZADD");
  CHECK(nearest_command("").empty());
  CHECK(nearest_command(std::string(100'000, 'G')).empty());
}

TEST_CASE("HELP lists every command, aliases beside theirs, and tells of each") {
  Fixture fixture;
  const std::string overview = fixture.run({"HELP"}).text;
  for (const Command& row : commands()) {
    CAPTURE(row.name);
    if (row.alias_of.empty()) {
      CHECK(overview.find("\n  " + usage(row)) != std::string::npos);
    }
    CHECK(overview.find(row.name) != std::string::npos);
    const std::string help = fixture.run({"HELP", lower(row.name)}).text;
    CHECK(help.starts_with(usage(original(row)) + "\n"));
    CHECK(help.find(row.summary) != std::string::npos);
  }
}

TEST_CASE("a word of another program is met with what it is here") {
  Fixture fixture;
  const auto hint = [&](const std::string& word) { return fixture.run({word}).error.hint; };
  CHECK(hint("verify").find("kvstore verify FILE") != std::string::npos);
  CHECK(hint("EXPORT").find("kvstore export FILE") != std::string::npos);
  CHECK(hint("LS") == "KEYS");
  CHECK(hint("MATCH") == "KEYS pattern");
  CHECK(hint("VACUUM") == "COMPACT");
  CHECK(hint("hgetall").find("no hashes") != std::string::npos);
  CHECK(fixture.run({"HELP", "VACUUM"}).error.hint == "HELP COMPACT");
  CHECK(fixture.run({"HELP", "FIND"}).error.hint == "KEYS pattern");
}

TEST_CASE("FOLLOW PREFIX without a prefix follows no key of that name") {
  Fixture fixture;
  const Reply refused = fixture.run({"FOLLOW", "prefix"});
  CHECK(refused.error.code == Code::kArity);
  CHECK(refused.error.hint.find("FOLLOW PREFIX FROM 0") != std::string::npos);
}

TEST_CASE("HELP of an unknown command suggests the nearest") {
  Fixture fixture;
  CHECK(as_text(fixture.run({"HELP", "GTE"})) == "-ERR UNKNOWN there is no command 'GTE'; try: HELP GET\n");
  CHECK(as_text(fixture.run({"HELP", "qqqqq"})) == "-ERR UNKNOWN there is no command 'qqqqq'; try: HELP, or a heading of it: HELP keys\n");
}

}  // namespace
}  // namespace kvstore::command::test
