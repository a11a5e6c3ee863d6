// Redis' commands on strings, bits, expiries and keys. That they answer as Redis does, byte for
// byte, is what tests/server/redis_compare_test.cpp says; here is what it cannot see.
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/command/support.h"

namespace kvstore::command::test {
namespace {

using Words = std::vector<std::string>;

class Commands : public Fixture {
 public:
  std::string operator()(const Words& argv) { return as_text(run(argv)); }
};

TEST_CASE("a counter keeps its expiry, and is not lost between two sessions") {
  Commands run;
  REQUIRE(run({"SET", "n", "5", "EXAT", "4102444800"}) == "+OK\n");
  CHECK(run({"INCRBY", "n", "37"}) == ":42\n");
  CHECK(run({"EXPIRETIME", "n"}) == ":4102444800\n");
  constexpr int kEach = 500;
  const auto count = [&] {
    Session session(*run.store);
    for (int i = 0; i < kEach; ++i)
      (void)session.execute(std::vector<std::string_view>{"INCR", "n"});
    (void)session.commit();
  };
  std::thread one(count), other(count);
  one.join();
  other.join();
  CHECK(run({"GET", "n"}) == "+VALUE 4\n1042\n");
}

TEST_CASE("GETRANGE answers what there is of a part, and TYPE of a sorted set, from either end") {
  Commands run;
  REQUIRE(run({"SET", "k", "0123456789"}) == "+OK\n");
  REQUIRE(run({"ZADD", "z", "1", "m"}) == ":1\n");
  CHECK(run({"GETRANGE", "k", "2", "4"}) == "+VALUE 3\n234\n");
  CHECK(run({"GETRANGE", "k", "8", "9223372036854775807"}) == "+VALUE 2\n89\n");
  CHECK(run({"GETRANGE", "k", "0", "9223372036854775807"}) == "+VALUE 10\n0123456789\n");
  CHECK(run({"GETRANGE", "k", "10", "20"}) == "+VALUE 0\n\n");
  CHECK(run({"GETRANGE", "k", "4", "2"}) == "+VALUE 0\n\n");
  CHECK(run({"GETRANGE", "k", "7", "-2"}) == "+VALUE 2\n78\n");
  CHECK(run({"GETRANGE", "none", "0", "3"}) == "+VALUE 0\n\n");
  CHECK(run({"GETRANGE", "z", "0", "3"}) == run({"GETRANGE", "z", "-3", "-1"}));
  CHECK(run({"GETRANGE", "z", "0", "3"}).starts_with("-ERR TYPE"));
}

TEST_CASE("a change of the expiry writes nothing of the value, and is in the history") {
  Commands run;
  REQUIRE(run({"SET", "k", std::string(1 << 20, 'v')}) == "+OK\n");
  const std::uint64_t before = run.store->stats().file_size;
  CHECK(run({"EXPIREAT", "k", "4102444800"}) == ":1\n");
  CHECK(run({"PERSIST", "k"}) == ":1\n");
  CHECK(run({"PERSIST", "k"}) == ":0\n");
  CHECK(run.store->stats().file_size < before + 4096);
  CHECK(run({"STRLEN", "k"}) == ":1048576\n");
  CHECK(run({"HISTORY", "k"}).find("expire") != std::string::npos);
  CHECK(run({"EXPIRE", "k", "0"}) == ":1\n");
  CHECK(run({"EXISTS", "k"}) == ":0\n");
}

TEST_CASE("commands that change what is there make no file for what is not") {
  testing::TempDir directory;
  const std::string path = directory.path() + "/none.kvs";
  auto store = Store::open(path);
  REQUIRE(store);
  Session session(**store);
  for (const char* line : {"EXPIRE k 10", "PERSIST k", "GETDEL k", "GETEX k PERSIST", "COPY k l",
                           "RENAME k l", "UNLINK k"}) {
    std::vector<std::string_view> words;
    for (std::string_view rest = line; !rest.empty();) {
      const std::size_t blank = std::min(rest.find(' '), rest.size());
      words.push_back(rest.substr(0, blank));
      rest.remove_prefix(std::min(blank + 1, rest.size()));
    }
    (void)session.execute(words);
  }
  CHECK(!std::filesystem::exists(path));
}

TEST_CASE("in a transaction they see and change what it has written") {
  Commands run;
  REQUIRE(run({"MSET", "a", "1", "b", "2"}) == "+OK\n");
  REQUIRE(run({"BEGIN"}) == "+OK\n");
  CHECK(run({"INCR", "a"}) == ":2\n");
  CHECK(run({"EXPIRE", "a", "100"}) == ":1\n");
  CHECK(run({"EXPIRE", "b", "100"}) == ":1\n");
  CHECK(run({"TTL", "b"}) == ":100\n");
  CHECK(run({"RENAME", "a", "c"}) == "+OK\n");
  CHECK(run({"MGET", "a", "c"}) == "+ARRAY 2\n+NIL\n+VALUE 1\n2\n");
  Session other(*run.store);
  CHECK(as_text(other.execute(std::vector<std::string_view>{"TTL", "b"})) == ":-1\n");
  REQUIRE(run({"COMMIT"}) == "+OK\n");
  CHECK(run({"TTL", "c"}) == ":100\n");
  CHECK(run({"TTL", "b"}) == ":100\n");
  CHECK(run({"GET", "b"}) == "+VALUE 1\n2\n");
}

TEST_CASE("MSET shows whole, and MSETNX not at all if a key is there") {
  Commands run;
  REQUIRE(run({"MSET", "a", "1", "b", "2", "a", "3"}) == "+OK\n");
  CHECK(run({"MGET", "a", "b"}) == "+ARRAY 2\n+VALUE 1\n3\n+VALUE 1\n2\n");
  CHECK(run.store->stat("a").value()->seq == run.store->stat("b").value()->seq);
  CHECK(run({"MSETNX", "c", "1", "a", "9"}) == ":0\n");
  CHECK(run({"MGET", "a", "c"}) == "+ARRAY 2\n+VALUE 1\n3\n+NIL\n");
  CHECK(run({"MSET", "a"}).starts_with("-ERR ARITY"));
  CHECK(run({"MSET", "a", "1", "b"}).starts_with("-ERR ARITY"));
}

TEST_CASE("RANDOMKEY answers each of some keys now and then") {
  Commands run;
  CHECK(run({"RANDOMKEY"}) == "+NIL\n");
  for (int i = 0; i < 5; ++i) run({"SET", "key:" + std::to_string(i), "v"});
  std::vector<int> seen(5);
  for (int i = 0; i < 500; ++i) {
    const std::string reply = run({"RANDOMKEY"});
    REQUIRE(reply.starts_with("+VALUE 5\nkey:"));
    ++seen.at(static_cast<std::size_t>(reply[13] - '0'));
  }
  for (const int times : seen) CHECK(times > 0);
}

TEST_CASE("LCS of long values is refused before it takes memory") {
  Commands run;
  REQUIRE(run({"MSET", "a", std::string(1 << 20, 'a'), "b", std::string(1 << 20, 'b')}) == "+OK\n");
  CHECK(run({"LCS", "a", "b"}).starts_with("-ERR TOOBIG"));
}

TEST_CASE("a value that is mostly zeros takes no memory for them") {
  Commands run;
  constexpr std::uint64_t kSize = std::uint64_t{48} << 20;
  const std::string last = std::to_string(kSize - 1);
  REQUIRE(run({"SET", "k", "abc"}) == "+OK\n");
  std::size_t asked = 0;
  Session::Info info;
  info.context = &asked;
  info.take_memory = [](void* context, std::size_t bytes) {
    *static_cast<std::size_t*>(context) += bytes;
    return bytes < kSize / 4;
  };
  Session session(*run.store, info);
  const auto execute = [&](const Words& words) {
    return as_text(session.execute(std::vector<std::string_view>(words.begin(), words.end())));
  };
  CHECK(execute({"SETRANGE", "k", last, "x"}) == ":" + std::to_string(kSize) + "\n");
  CHECK(execute({"SETBIT", "j", std::to_string(kSize * 8 - 1), "1"}) == ":0\n");
  CHECK(asked < std::size_t{1} << 20);
  CHECK(run({"READ", "k", "0", "4"}) == std::string("+VALUE 4\nabc\0\n", 14));
  CHECK(run({"READ", "k", last, "9"}) == "+VALUE 1\nx\n");
  CHECK(run({"GETBIT", "j", std::to_string(kSize * 8 - 1)}) == ":1\n");
}

TEST_CASE("OBJECT ENCODING tells what was appended to") {
  Commands run;
  run({"APPEND", "k", "1"});
  CHECK(run({"OBJECT", "ENCODING", "k"}) == "+VALUE 3\nint\n");
  run({"APPEND", "k", "2"});
  CHECK(run({"OBJECT", "ENCODING", "k"}) == "+VALUE 3\nraw\n");
  run({"EXPIRE", "k", "100"});
  CHECK(run({"OBJECT", "ENCODING", "k"}) == "+VALUE 3\nraw\n");
  run({"SET", "k", "12"});
  CHECK(run({"OBJECT", "ENCODING", "k"}) == "+VALUE 3\nint\n");
}

TEST_CASE("INCRBYFLOAT takes no number that is too large or too small for it") {
  Commands run;
  for (const char* const number : {"1e5000", "-1e5000", "1e-999999"}) {
    CAPTURE(number);
    CHECK(run({"INCRBYFLOAT", "n", number}).starts_with("-ERR TYPE"));
    REQUIRE(run({"SET", "held", number}) == "+OK\n");
    CHECK(run({"INCRBYFLOAT", "held", "1"}).starts_with("-ERR TYPE"));
  }
  CHECK(run({"INCRBYFLOAT", "n", "inf"}).starts_with("-ERR NUMBER"));
  CHECK(run({"INCRBYFLOAT", "n", "0e-999999"}) == "+VALUE 1\n0\n");
  CHECK(run({"INCRBYFLOAT", "n", "1e-4940"}) == "+VALUE 1\n0\n");
}

TEST_CASE("GETEX without its number is wrong whatever the key holds") {
  Commands run;
  run({"ZADD", "z", "1", "m"});
  CHECK(run({"GETEX", "z", "EX"}).starts_with("-ERR SYNTAX"));
  CHECK(run({"GETEX", "z", "EX", "1"}).starts_with("-ERR TYPE"));
}

TEST_CASE("an expiry later than the file can say is kept as the latest it can") {
  Commands run;
  CHECK(run({"SET", "k", "v", "PX", "9223372036854775"}) == "+OK\n");
  CHECK(run({"PEXPIRETIME", "k"}) == ":281474976710655\n");
  CHECK(run({"PEXPIREAT", "k", "9223372036854775807"}) == ":1\n");
  CHECK(run({"PEXPIRETIME", "k"}) == ":281474976710655\n");
}

}  // namespace
}  // namespace kvstore::command::test
