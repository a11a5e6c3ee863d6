// MULTI, EXEC, DISCARD, WATCH. That they answer as Redis does is what
// tests/server/redis_compare_test.cpp says; here is what two clients do to each other.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "src/base/cancel.h"
#include "src/store/compaction.h"
#include "tests/command/support.h"

namespace kvstore::command::test {
namespace {

using Words = std::vector<std::string>;

class Commands : public Fixture {
 public:
  std::string operator()(const Words& argv) { return as_text(run(argv)); }
};

std::string other(Fixture& fixture, std::vector<std::string_view> words) {
  Session session(*fixture.store);
  return as_text(session.execute(words));
}

TEST_CASE("what is queued shows at EXEC, whole and with one version") {
  Commands run;
  CHECK(run({"MULTI"}) == "+OK\n");
  CHECK(run({"SET", "a", "1"}) == "+QUEUED\n");
  CHECK(run({"INCR", "a"}) == "+QUEUED\n");
  CHECK(run({"SET", "b", "x"}) == "+QUEUED\n");
  CHECK(other(run, {"EXISTS", "a", "b"}) == ":0\n");
  CHECK(run({"EXEC"}) == "+ARRAY 3\n+OK\n:2\n+OK\n");
  CHECK(run.store->stat("a").value()->seq == run.store->stat("b").value()->seq);
  CHECK(run({"EXEC"}).starts_with("-ERR STATE EXEC without MULTI"));
}

TEST_CASE(
    "a command that fails in EXEC undoes nothing; one that was refused lets nothing be done") {
  Commands run;
  run({"MULTI"});
  run({"SET", "a", "word"});
  run({"INCR", "a"});
  run({"SET", "b", "1"});
  CHECK(run({"EXEC"}).starts_with("+ARRAY 3\n+OK\n-ERR TYPE"));
  CHECK(run({"MGET", "a", "b"}) == "+ARRAY 2\n+VALUE 4\nword\n+VALUE 1\n1\n");
  for (const Words& wrong : {Words{"NOSUCH"}, Words{"GET"}, Words{"BEGIN"}, Words{"COMPACT"},
                             Words{"AUTH", "x"}, Words{"FLUSHDISK"}}) {
    CAPTURE(wrong[0]);
    run({"MULTI"});
    CHECK(run({"DEL", "a"}) == "+QUEUED\n");
    CHECK(run(wrong).starts_with("-ERR "));
    CHECK(run({"EXEC"}).starts_with("-ERR STATE"));
    CHECK(run({"EXISTS", "a"}) == ":1\n");
  }
}

TEST_CASE("of a command that fails within a transaction nothing is written") {
  Commands run;
  const std::string too_long(70'000, 'k');
  const std::vector<Words> commands = {{"MSET", "a", "9", too_long, "2"},
                                       {"MSETNX", "new", "9", too_long, "2"},
                                       {"DEL", "a", too_long},
                                       {"RENAME", "a", too_long},
                                       {"COPY", "a", too_long},
                                       {"ZUNIONSTORE", too_long, "1", "z"},
                                       {"ZRANGESTORE", too_long, "z", "0", "-1"}};
  for (const char* const begin : {"MULTI", "BEGIN"}) {
    for (const Words& command : commands) {
      CAPTURE(begin);
      CAPTURE(command[0]);
      run({"FLUSHALL"});
      run({"SET", "a", "1"});
      run({"ZADD", "z", "1", "m"});
      const bool is_queued = std::string_view(begin) == "MULTI";
      run({begin});
      const std::string answer = run(command);
      run({"SET", "other", "1"});
      const std::string end = run({is_queued ? "EXEC" : "COMMIT"});
      CHECK((is_queued ? end : answer).find("-ERR TOOBIG") != std::string::npos);
      CHECK(run({"MGET", "a", "other", "new"}) == "+ARRAY 3\n+VALUE 1\n1\n+VALUE 1\n1\n+NIL\n");
      CHECK(run({"ZCARD", "z"}) == ":1\n");
      CHECK(run({"DBSIZE"}) == ":3\n");
    }
  }
}

TEST_CASE("EXEC answers NIL and does nothing if a watched key has changed") {
  Commands run;
  run({"SET", "a", "1"});
  for (const Words& change : {Words{"SET", "a", "1"}, Words{"DEL", "a"}, Words{"SET", "b", "1"}}) {
    CAPTURE(change);
    REQUIRE(run({"WATCH", "a", "b"}) == "+OK\n");
    other(run, {change.begin(), change.end()});
    run({"MULTI"});
    run({"SET", "c", "1"});
    CHECK(run({"EXEC"}) == "+NIL\n");
    CHECK(run({"EXISTS", "c"}) == ":0\n");
  }
  REQUIRE(run({"WATCH", "none"}) == "+OK\n");
  other(run, {"SET", "none", "1"});
  other(run, {"DEL", "none"});
  run({"MULTI"});
  CHECK(run({"EXEC"}) == "+NIL\n");
  run({"WATCH", "a"});
  other(run, {"SET", "z", "1"});
  run({"MULTI"});
  run({"SET", "c", "1"});
  CHECK(run({"EXEC"}) == "+ARRAY 1\n+OK\n");
  run({"WATCH", "a"});
  other(run, {"SET", "a", "5"});
  run({"UNWATCH"});
  run({"MULTI"});
  CHECK(run({"EXEC"}) == "+ARRAY 0\n");
}

TEST_CASE("many keys are watched, and the oldest version of each counts") {
  Commands run;
  constexpr int kKeys = 50'000;
  Words words{"WATCH"};
  for (int i = 0; i < kKeys; ++i) words.push_back("k" + std::to_string(i));
  REQUIRE(run(words) == "+OK\n");
  run({"MULTI"});
  CHECK(run({"EXEC"}) == "+ARRAY 0\n");
  REQUIRE(run(words) == "+OK\n");
  other(run, {"SET", "k49999", "1"});
  REQUIRE(run(words) == "+OK\n");
  run({"MULTI"});
  CHECK(run({"EXEC"}) == "+NIL\n");
}

TEST_CASE("so many bytes of keys are watched, and a key that is watched twice counts once") {
  Commands run;
  Words same{"WATCH"}, different{"WATCH"};
  for (int i = 100; i < 500; ++i) {
    same.push_back(std::string(60'000, 'k'));
    different.push_back(same.back() + std::to_string(i));
  }
  REQUIRE(run({"WATCH", same.back()}) == "+OK\n");
  other(run, {"SET", same.back(), "1"});
  CHECK(run(same) == "+OK\n");
  CHECK(run(different).starts_with("-ERR LIMIT"));
  run({"MULTI"});
  CHECK(run({"EXEC"}) == "+NIL\n");
}

TEST_CASE("to clear a store changes no watched key that was not there") {
  Commands run;
  run({"SET", "gone", "1"});
  run({"DEL", "gone"});
  run({"SET", "expired", "1", "PX", "1"});
  while (run({"EXISTS", "expired"}) != ":0\n") {
  }
  REQUIRE(run({"WATCH", "never", "gone", "expired"}) == "+OK\n");
  CHECK(other(run, {"FLUSHALL"}) == "+OK\n");
  run({"MULTI"});
  CHECK(run({"EXEC"}) == "+ARRAY 0\n");
  run({"SET", "a", "1"});
  for (const char* const key : {"a", "gone"}) {
    REQUIRE(run({"WATCH", key}) == "+OK\n");
    CHECK(other(run, {"SET", "gone", "2"}) == "+OK\n");
    CHECK(other(run, {"FLUSHALL"}) == "+OK\n");
    run({"MULTI"});
    CHECK(run({"EXEC"}) == "+NIL\n");
  }
}

TEST_CASE("a compaction that forgets a deletion changes no watched key, nor hides a change") {
  Commands run;
  run({"SET", "gone", "1"});
  run({"DEL", "gone"});
  run({"SET", "other", "1"});
  run({"APPEND", "other", "2"});
  REQUIRE(run({"WATCH", "gone", "never", "other"}) == "+OK\n");
  REQUIRE(run.store->compact({.keep = KeepHistory::none()}));
  run({"MULTI"});
  CHECK(run({"EXEC"}) == "+ARRAY 0\n");
  for (const char* const key : {"gone", "never", "other"}) {
    REQUIRE(run({"WATCH", key}) == "+OK\n");
    CHECK(other(run, {"SET", key, "2"}) == "+OK\n");
    CHECK(other(run, {"DEL", key}) == ":1\n");
    REQUIRE(run.store->compact({.keep = KeepHistory::none()}));
    run({"MULTI"});
    CHECK(run({"EXEC"}) == "+NIL\n");
  }
}

TEST_CASE("WATCH, and the look at what is watched, end with their client") {
  Commands run;
  REQUIRE(run({"WATCH", "a", "b"}) == "+OK\n");
  {
    const CancelScope client_is_gone([] { return true; });
    CHECK(run({"WATCH", "c", "d"}).starts_with("-ERR SKIPPED"));
    run({"MULTI"});
    CHECK(run({"EXEC"}).starts_with("-ERR SKIPPED"));
  }
  CHECK(run({"PING"}) == "+PONG\n");
}

TEST_CASE("counters under WATCH and EXEC lose nothing beside each other and single writes") {
  Commands run;
  constexpr int kEach = 200;
  std::atomic<int> refused{0};
  const auto count = [&] {
    Session session(*run.store);
    const auto execute = [&](std::vector<std::string_view> words) {
      return as_text(session.execute(words));
    };
    for (int done = 0; done < kEach;) {
      execute({"WATCH", "n"});
      const std::string old = execute({"GET", "n"});
      const int number = old == "+NIL\n" ? 0 : std::stoi(old.substr(old.find('\n') + 1));
      const std::string sum = std::to_string(number + 1);
      execute({"MULTI"});
      execute({"SET", "n", sum});
      execute({"INCR", "times"});
      if (execute({"EXEC"}) == "+NIL\n") {
        ++refused;
      } else {
        ++done;
      }
    }
    (void)session.commit();
  };
  std::thread one(count), two(count);
  for (int i = 0; i < kEach; ++i) run({"INCR", "n"});
  one.join();
  two.join();
  CHECK(run({"GET", "times"}) == "+VALUE 3\n400\n");
  CHECK(run({"GET", "n"}) == "+VALUE 3\n600\n");
}

TEST_CASE("a queue takes so much memory and no more") {
  Commands run;
  const std::string large(std::size_t{16} << 20, 'x');
  run({"MULTI"});
  for (int i = 0; i < 3; ++i) CHECK(run({"SET", "k", large}) == "+QUEUED\n");
  CHECK(run({"SET", "k", large}).starts_with("-ERR LIMIT"));
  CHECK(run({"EXEC"}).starts_with("-ERR STATE"));
  CHECK(run({"EXISTS", "k"}) == ":0\n");
}

TEST_CASE("MULTI queues what asks of settings, clients and logs, and RESET of a log") {
  Commands run;
  run({"MULTI"});
  const std::vector<Words> queued{{"CONFIG", "GET", "maxmemory"},
                                  {"HELLO"},
                                  {"SLOWLOG", "RESET"},
                                  {"LATENCY", "RESET"},
                                  {"CLIENT", "GETNAME"},
                                  {"DEBUG", "SLEEP", "0"},
                                  {"ACL", "WHOAMI"},
                                  {"ACL", "CAT", "read", "too", "many"}};
  for (const Words& words : queued) {
    CAPTURE(words[0]);
    CHECK(run(words) == "+QUEUED\n");
  }
  CHECK(run({"EXEC"}).starts_with("+ARRAY 8\n+ARRAY 2\n+VALUE 9\nmaxmemory\n"));
}

TEST_CASE("a word that can only be an option, and is none, is refused when it is queued") {
  Commands run;
  for (const Words& wrong : {Words{"GET", "k", "1"}, Words{"ZCARD", "z", "x"},
                             Words{"ZSCORE", "z", "m", "x", "y"}, Words{"DBSIZE", "x"}}) {
    CAPTURE(wrong[0]);
    run({"MULTI"});
    CHECK(run(wrong).starts_with("-ERR ARITY"));
    CHECK(run({"EXEC"}).starts_with("-ERR STATE"));
  }
  run({"MULTI"});
  CHECK(run({"GET", "k", "AT", "-5m"}) == "+QUEUED\n");
  run({"DISCARD"});
}

}  // namespace
}  // namespace kvstore::command::test
