// Redis' commands on sorted sets. That they answer as Redis does, byte for byte, is what
// tests/server/redis_compare_test.cpp says; here is what it cannot see: the text protocol,
// versions, transactions, large sets, and memory.
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "src/command/table.h"
#include "src/wire/json_writer.h"
#include "src/wire/resp_writer.h"
#include "tests/command/support.h"

namespace kvstore::command::test {
namespace {

using Words = std::vector<std::string>;

class Commands : public Fixture {
 public:
  std::string operator()(const Words& argv) { return as_text(run(argv)); }
  // Members "0" to "count - 1", each scored as its number.
  void fill(const std::string& key, int count) {
    constexpr int kEach = 1000;
    for (int from = 0; from < count; from += kEach) {
      Words words{"ZADD", key};
      for (int i = from; i < std::min(from + kEach, count); ++i) {
        words.push_back(std::to_string(i));
        words.push_back(std::to_string(i));
      }
      REQUIRE(run(words).kind == Reply::Kind::kInteger);
    }
  }
};

// A session whose front end has so much memory for replies.
class Limited {
 public:
  Limited(Store& store, std::size_t most, std::size_t stream_above)
      : left_(most),
        session_(store, {.take_memory =
                             [](void* self, std::size_t bytes) {
                               auto& left = static_cast<Limited*>(self)->left_;
                               if (bytes > left) return false;
                               left -= bytes;
                               return true;
                             },
                         .stream_above = stream_above,
                         .context = this}) {}
  Reply operator()(const Words& argv) {
    const std::vector<std::string_view> words(argv.begin(), argv.end());
    return session_.execute(words);
  }
  std::size_t left() const { return left_; }

 private:
  std::size_t left_;
  Session session_;
};

TEST_CASE("scores are as short as they can be in text, and as Redis' 17 digits in RESP") {
  Commands run;
  CHECK(run({"ZADD", "z", "0.1", "a", "inf", "b", "1e20", "c", "3.0", "d"}) == ":4\n");
  CHECK(run({"ZSCORE", "z", "a"}) == "+VALUE 3\n0.1\n");
  CHECK(run({"ZSCORE", "z", "b"}) == "+VALUE 3\ninf\n");
  CHECK(run({"ZSCORE", "z", "c"}) == "+VALUE 5\n1e+20\n");
  CHECK(run({"ZSCORE", "z", "d"}) == "+VALUE 1\n3\n");
  CHECK(run.resp(as_resp({"ZSCORE", "z", "a"})) == "$19\r\n0.10000000000000001\r\n");
}

TEST_CASE("JSON has scores as numbers, and infinite ones as text") {
  Commands run;
  REQUIRE(run({"ZADD", "z", "1.5", "a", "2", "b", "-inf", "c"}) == ":3\n");
  std::string json;
  wire::JsonWriter writer(&json);
  write(run.run({"ZRANGE", "z", "0", "-1", "WITHSCORES"}), writer);
  CHECK(json == R"(["c","-inf","a",1.5,"b",2])");
}

TEST_CASE("an error in text says what to type") {
  Commands run;
  REQUIRE(run({"SET", "s", "text"}) == "+OK\n");
  CHECK(run({"ZADD", "s", "1", "a"}) ==
        "-ERR TYPE key \"s\" is a string, not a sorted set; try: GET key\n");
  REQUIRE(run({"ZADD", "z", "1", "a"}) == ":1\n");
  CHECK(run({"GET", "z"}).ends_with("not a string; try: ZRANGE key 0 -1 WITHSCORES\n"));
  CHECK(run({"ZADD", "z", "one", "a"}).starts_with("-ERR NUMBER 'one' is not a score"));
  CHECK(run({"ZADD", "z", "1", "a", "2"}).find("each member needs a score") != std::string::npos);
  CHECK(run({"ZRANGE", "z", "0", "1", "BACKWARDS"}).find("unknown option 'BACKWARDS'") !=
        std::string::npos);
  CHECK(run({"ZCOUNT", "z", "x", "1"}).find("-inf or +inf") != std::string::npos);
  CHECK(run({"ZLEXCOUNT", "z", "a", "+"}).find("[name") != std::string::npos);
}

TEST_CASE("a set has versions as any value") {
  Commands run;
  REQUIRE(run({"ZADD", "z", "1", "a"}) == ":1\n");
  const std::string seq = std::to_string(run.store->stats().last_seq);
  REQUIRE(run({"ZADD", "z", "2", "b", "5", "a"}) == ":1\n");
  CHECK(run({"ZRANGE", "z", "0", "-1", "WITHSCORES", "AT", seq}) ==
        "+ARRAY 2\n+VALUE 1\na\n+VALUE 1\n1\n");
  CHECK(run({"ZSCORE", "z", "a", "AT", seq}) == "+VALUE 1\n1\n");
  CHECK(run({"ZCARD", "z", "AT", seq}) == ":1\n");
  CHECK(run({"ZCARD", "z"}) == ":2\n");
  CHECK(run({"TYPE", "z"}) == "+zset\n");
  REQUIRE(run({"UNDO", "z"}).starts_with(":"));
  CHECK(run({"ZCARD", "z"}) == ":1\n");
}

TEST_CASE("a transaction sees its own changes, and nobody else does before it is committed") {
  Commands run;
  Session other(*run.store);
  const auto size = [&other] {
    return as_text(other.execute(std::vector<std::string_view>{"ZCARD", "z"}));
  };
  REQUIRE(run({"ZADD", "z", "1", "a"}) == ":1\n");
  REQUIRE(run({"BEGIN"}) == "+OK\n");
  CHECK(run({"ZADD", "z", "2", "b"}) == ":1\n");
  CHECK(run({"ZUNION", "2", "z", "none"}) == "+ARRAY 2\n+VALUE 1\na\n+VALUE 1\nb\n");
  CHECK(run({"ZPOPMIN", "z"}) == "+ARRAY 2\n+VALUE 1\na\n+VALUE 1\n1\n");
  CHECK(size() == ":1\n");
  REQUIRE(run({"COMMIT"}).starts_with("+"));
  CHECK(run({"ZRANGE", "z", "0", "-1"}) == "+ARRAY 1\n+VALUE 1\nb\n");
  CHECK(size() == ":1\n");
}

TEST_CASE("a scan lists every member that stays, whatever is changed meanwhile") {
  Commands run;
  constexpr int kMembers = 5000;
  run.fill("z", kMembers);
  std::multiset<std::string> seen;
  std::string cursor = "0";
  int steps = 0, removed = 0;
  do {
    const Reply step = run.run({"ZSCAN", "z", cursor, "COUNT", "100"});
    REQUIRE(step.items.size() == 2);
    cursor = step.items[0].text;
    for (std::size_t i = 0; i < step.items[1].items.size(); i += 2) {
      seen.insert(step.items[1].items[i].text);
    }
    // Odd ones go, new ones come, and the even ones change places.
    for (int i = 0; i < 20; ++i, removed += 2) {
      (void)run({"ZREM", "z", std::to_string(removed + 1)});
      (void)run({"ZADD", "z", "-1", "new" + std::to_string(removed)});
      (void)run({"ZINCRBY", "z", "7000", std::to_string(removed)});
    }
    ++steps;
  } while (cursor != "0");
  CHECK(steps > 10);
  for (int i = 0; i < kMembers; i += 2) CHECK(seen.count(std::to_string(i)) == 1);
}

TEST_CASE("ZSCAN shows whole scores of a small set as whole numbers, as Redis does") {
  Commands run;
  const auto shown = [&](const char* score) {
    (void)run({"ZADD", "z", score, "m"});
    return run.run({"ZSCAN", "z", "0", "MATCH", "m", "COUNT", "1000"}).items[1].items[1].text;
  };
  CHECK(shown("1e17") == "100000000000000000");
  CHECK(shown("-4.6e18") == "-4600000000000000000");
  CHECK(shown("5e18") == "5e+18");
  CHECK(shown("0.5") == "0.5");
  CHECK(shown("-inf") == "-inf");
  run.fill("z", 200);
  CHECK(shown("1e17") == "1e+17");
  (void)run({"DEL", "z"});
  (void)run({"ZADD", "z", "1", std::string(65, 'x')});
  CHECK(shown("1e17") == "1e+17");
}

TEST_CASE("commands change large sets that are not in memory") {
  Commands run;
  run.fill("z", 5000);
  const auto fresh = [&](const Words& words) {
    run.session.reset();
    run.store.reset();
    run.store = *Store::open(run.path);
    run.session = std::make_unique<Session>(*run.store);
    return run(words);
  };
  CHECK(fresh({"ZADD", "z", "1", "new"}) == ":1\n");
  CHECK(fresh({"ZREM", "z", "new", "none"}) == ":1\n");
  CHECK(fresh({"ZMPOP", "2", "none", "z", "MIN", "COUNT", "2"}).starts_with("+ARRAY 2\n"));
  CHECK(fresh({"ZREMRANGEBYRANK", "z", "0", "1"}) == ":2\n");
  CHECK(fresh({"ZRANGESTORE", "other", "z", "0", "-1"}) == ":4996\n");
  CHECK(fresh({"ZUNIONSTORE", "all", "2", "z", "other"}) == ":4996\n");
  CHECK(fresh({"ZPOPMAX", "all"}).starts_with("+ARRAY 2\n"));
  CHECK(fresh({"ZCARD", "all"}) == ":4995\n");
}

TEST_CASE("several members at random are different, and a negative count takes any") {
  Commands run;
  run.fill("z", 1000);
  for (const char* count : {"10", "500", "999"}) {
    const Reply picked = run.run({"ZRANDMEMBER", "z", count});
    std::set<std::string> names;
    for (const Reply& item : picked.items) names.insert(item.text);
    CHECK(std::to_string(names.size()) == count);
  }
  CHECK(run.run({"ZRANDMEMBER", "z", "-3000", "WITHSCORES"}).items.size() == 6000);
}

TEST_CASE("long replies and results are counted before they are made") {
  Commands run;
  run.fill("z", 20'000);
  Limited small(*run.store, 64 << 10, 16 << 10);
  for (const Words& words :
       {Words{"ZRANGE", "z", "0", "-1"}, Words{"ZUNION", "1", "z"},
        Words{"ZRANDMEMBER", "z", "-100000"}, Words{"ZUNIONSTORE", "y", "1", "z"},
        Words{"ZRANGESTORE", "y", "z", "0", "-1"}, Words{"ZPOPMIN", "z", "20000"},
        Words{"ZREMRANGEBYRANK", "z", "0", "-1"}}) {
    CAPTURE(words[0]);
    const Reply reply = small(words);
    CHECK(reply.error.code == Code::kLimit);
  }
  CHECK(run({"ZCARD", "z"}) == ":20000\n");
  CHECK(run({"EXISTS", "y"}) == ":0\n");
  Limited large(*run.store, 64 << 20, 16 << 10);
  CHECK(large({"ZRANGE", "z", "0", "-1", "WITHSCORES"}).items.size() == 40'000);
  CHECK(large({"ZRANGE", "z", "19990", "-1"}).items.size() == 10);
}

TEST_CASE("where a reply is held as a whole its size has a limit") {
  Commands run;
  REQUIRE(run({"ZADD", "z", "1", std::string(1000, 'm')}) == ":1\n");
  CHECK(run.run({"ZRANDMEMBER", "z", "-9223372036854775807"}).error.code == Code::kTooBig);
}

TEST_CASE("which words of a command with a number of keys are keys") {
  const auto places = [](const Words& argv) {
    const std::vector<std::string_view> words(argv.begin(), argv.end());
    const Command* const command = find_command(words[0]);
    REQUIRE(command != nullptr);
    return key_places(*command, words);
  };
  using Places = std::vector<std::size_t>;
  CHECK(places({"ZUNION", "2", "a", "b", "WITHSCORES"}) == Places{2, 3});
  CHECK(places({"ZUNIONSTORE", "to", "1", "a", "WEIGHTS", "2"}) == Places{1, 3});
  CHECK(places({"BZMPOP", "0", "2", "a", "b", "MIN"}) == Places{3, 4});
  CHECK(places({"BZPOPMIN", "a", "b", "0"}) == Places{1, 2});
  CHECK(places({"MSET", "a", "1", "b", "2"}) == Places{1, 3});
  CHECK(places({"ZRANGESTORE", "to", "from", "0", "1"}) == Places{1, 2});
  CHECK(places({"ZUNION", "3", "a", "b"}).empty());
  CHECK(places({"ZUNION", "-1", "a", "b"}).empty());
  CHECK(places({"ZUNION", "many", "a", "b"}).empty());
  CHECK(places({"PING"}).empty());
}

TEST_CASE("commands that change what is there make no file for a set that is not") {
  testing::TempDir directory;
  const std::string path = directory.path() + "/none.kvs";
  auto store = Store::open(path);
  REQUIRE(store);
  Session session(**store);
  for (const Words& argv :
       {Words{"ZREM", "z", "a"}, Words{"ZPOPMIN", "z"}, Words{"ZMPOP", "1", "z", "MIN"},
        Words{"BZPOPMIN", "z", "0.001"}, Words{"ZREMRANGEBYRANK", "z", "0", "-1"}}) {
    const std::vector<std::string_view> words(argv.begin(), argv.end());
    CHECK(session.execute(words).kind != Reply::Kind::kError);
  }
  CHECK(!std::filesystem::exists(path));
}

}  // namespace
}  // namespace kvstore::command::test
