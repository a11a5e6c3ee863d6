// BEGIN, COMMIT, ROLLBACK, and what other commands do in between.
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "tests/command/support.h"

using namespace kvstore;
using namespace kvstore::command;
using namespace kvstore::command::test;

namespace {

struct Two : Fixture {
  std::unique_ptr<Session> other = std::make_unique<Session>(*store);

  std::string ask(const std::vector<std::string>& argv) { return as_text(run(argv)); }
  std::string ask_other(const std::vector<std::string>& argv) {
    const std::vector<std::string_view> words(argv.begin(), argv.end());
    return as_text(other->execute(words));
  }
  void limit(const TransactionLimits& limits) {
    other.reset();
    session.reset();
    store.reset();
    Options options;
    options.transactions = limits;
    store = *Store::open(path, options);
    session = std::make_unique<Session>(*store);
    other = std::make_unique<Session>(*store);
  }
};

}  // namespace

TEST_CASE_FIXTURE(Two,
                  "commands in a transaction see its writes, and others see them after COMMIT") {
  ask({"SET", "a", "1"});
  CHECK(ask({"BEGIN"}) == "+OK\n");
  CHECK(session->in_transaction());
  CHECK(ask({"SET", "a", "2"}) == "+OK\n");
  CHECK(ask({"CREATE", "new"}) == "+OK\n");
  CHECK(ask({"CREATE", "new"}).starts_with("-ERR EXISTS"));
  CHECK(ask({"APPEND", "new", "abc"}) == ":3\n");
  CHECK(ask({"SET", "a", "3", "NX"}) == "+NIL\n");
  CHECK(ask({"GET", "a"}) == "+VALUE 1\n2\n");
  CHECK(ask({"READ", "new", "1", "2"}) == "+VALUE 2\nbc\n");
  CHECK(ask({"STRLEN", "new"}) == ":3\n");
  CHECK(ask({"TYPE", "new"}) == "+string\n");
  CHECK(ask({"EXISTS", "a", "new", "nope"}) == ":2\n");
  CHECK(ask({"COUNT"}) == ":2\n");
  CHECK(ask({"KEYS"}) == "+ARRAY 2\n+VALUE 1\na\n+VALUE 3\nnew\n");
  CHECK(ask_other({"GET", "a"}) == "+VALUE 1\n1\n");
  CHECK(ask_other({"COUNT"}) == ":1\n");
  CHECK(ask({"COMMIT"}) == "+OK\n");
  CHECK(!session->in_transaction());
  CHECK(ask_other({"GET", "a"}) == "+VALUE 1\n2\n");
  CHECK(ask_other({"GET", "new"}) == "+VALUE 3\nabc\n");
}

TEST_CASE_FIXTURE(Two, "removals answer what was there for the transaction") {
  ask({"SET", "a", "1"});
  ask({"SET", "b", "1"});
  ask({"BEGIN"});
  CHECK(ask({"DELETE", "a"}) == "+OK\n");
  CHECK(ask({"DELETE", "a"}) == "+NIL\n");
  CHECK(ask({"DEL", "a", "b", "c", "b"}) == ":1\n");
  CHECK(ask({"KEYS"}) == "+ARRAY 0\n");
  CHECK(ask_other({"COUNT"}) == ":2\n");
  CHECK(ask({"COMMIT"}) == "+OK\n");
  CHECK(ask_other({"COUNT"}) == ":0\n");
}

TEST_CASE_FIXTURE(Two, "COMMIT answers CONFLICT if others changed what was read; it is over then") {
  ask({"SET", "a", "1"});
  for (const std::vector<std::string>& read :
       std::vector<std::vector<std::string>>{{"GET", "a"},
                                             {"STRLEN", "a"},
                                             {"EXISTS", "a"},
                                             {"READ", "a", "0", "1"},
                                             {"KEYS", "a*"},
                                             {"COUNT"},
                                             {"APPEND", "a", "x"},
                                             {"HISTORY", "a"},
                                             {"TYPE", "a"},
                                             {"UNDO", "a"},
                                             {"DELETE", "a"}}) {
    CAPTURE(read[0]);
    ask({"BEGIN"});
    ask(read);
    CHECK(ask({"SET", "b", "mine"}) == "+OK\n");
    CHECK(ask_other({"SET", "a", "other"}) == "+OK\n");
    const bool is_list = read[0] == "KEYS" || read[0] == "COUNT";
    CHECK(ask({"COMMIT"}).starts_with(
        is_list ? "-ERR CONFLICT key \"a\", which belongs in a list or count"
                : "-ERR CONFLICT key \"a\", which the transaction has read"));
    CHECK(ask({"GET", "b"}) == "+NIL\n");
    CHECK(ask({"COMMIT"}).starts_with("-ERR STATE COMMIT without BEGIN"));
  }
  ask({"BEGIN"});
  ask({"SET", "a", "blind"});
  ask_other({"SET", "a", "other"});
  CHECK(ask({"COMMIT"}) == "+OK\n");
  CHECK(ask({"GET", "a"}) == "+VALUE 5\nblind\n");
  ask({"BEGIN"});
  CHECK(ask({"GET", "a", "AT", "1"}) == "+VALUE 1\n1\n");  // which stays so
  ask({"SET", "c", "x"});
  ask_other({"SET", "a", "other"});
  CHECK(ask({"COMMIT"}) == "+OK\n");
}

TEST_CASE_FIXTURE(Two,
                  "a transaction that reads only never conflicts, and READONLY writes nothing") {
  ask({"SET", "a", "1"});
  CHECK(ask({"begin", "readonly"}) == "+OK\n");
  CHECK(ask({"GET", "a"}) == "+VALUE 1\n1\n");
  ask_other({"SET", "a", "2"});
  ask_other({"SET", "b", "2"});
  CHECK(ask({"GET", "a"}) == "+VALUE 1\n1\n");
  CHECK(ask({"COUNT"}) == ":1\n");
  for (const std::vector<std::string>& write :
       std::vector<std::vector<std::string>>{{"SET", "a", "x"},
                                             {"APPEND", "a", "x"},
                                             {"DELETE", "a"},
                                             {"DEL", "a"},
                                             {"CREATE", "c"}}) {
    CHECK(ask(write).starts_with("-ERR READONLY the transaction is read-only"));
  }
  CHECK(ask({"COMMIT"}) == "+OK\n");
  CHECK(ask({"GET", "a"}) == "+VALUE 1\n2\n");
  ask({"BEGIN"});
  CHECK(ask({"GET", "a"}) == "+VALUE 1\n2\n");
  ask_other({"SET", "a", "3"});
  CHECK(ask({"COMMIT"}) == "+OK\n");
}

TEST_CASE_FIXTURE(Two, "what makes no sense is one error, and the transaction stays as it is") {
  CHECK(ask({"COMMIT"}).starts_with("-ERR STATE COMMIT without BEGIN"));
  CHECK(ask({"ROLLBACK"}).starts_with("-ERR STATE ROLLBACK without BEGIN"));
  CHECK(ask({"BEGIN", "NOW"}).starts_with("-ERR SYNTAX unknown option"));
  CHECK(!session->in_transaction());
  ask({"BEGIN"});
  ask({"SET", "a", "1"});
  CHECK(ask({"BEGIN"}).starts_with("-ERR STATE a transaction is open already"));
  CHECK(ask({"COMMIT", "now"}).starts_with("-ERR ARITY"));
  CHECK(ask({"SCAN", "1"}).starts_with("-ERR STATE in a transaction SCAN begins with cursor 0"));
  CHECK(ask({"SET", "a", "1", "EX", "never"}).starts_with("-ERR NUMBER"));
  CHECK(ask({"NOSUCH"}).starts_with("-ERR UNKNOWN"));
  CHECK(ask({"STATS"}).starts_with("+VALUE"));
  CHECK(ask({"PING"}) == "+PONG\n");
  CHECK(ask({"COMMIT"}) == "+OK\n");
  CHECK(ask({"GET", "a"}) == "+VALUE 1\n1\n");
  CHECK(resp(as_resp({"COMMIT"})).starts_with("-ERR COMMIT without BEGIN"));
}

TEST_CASE_FIXTURE(Two, "ROLLBACK, RESET and the session's end leave nothing behind") {
  for (const char* end : {"ROLLBACK", "RESET", ""}) {
    CAPTURE(end);
    ask({"BEGIN"});
    ask({"SET", "a", "1"});
    if (*end == '\0')
      session = std::make_unique<Session>(*store);
    else
      ask({end});
    CHECK(!session->in_transaction());
    CHECK(ask({"GET", "a"}) == "+NIL\n");
  }
}

TEST_CASE_FIXTURE(Two, "past its memory nothing of a transaction is executed, to its end") {
  limit({.bytes = 10'000});
  ask({"BEGIN"});
  CHECK(ask({"SET", "a", std::string(20'000, 'x')})
            .starts_with("-ERR ABORTED the transaction was rolled back: its writes"));
  // What was sent along with it must not be executed on its own.
  CHECK(ask({"SET", "b", "1"}).starts_with("-ERR ABORTED"));
  CHECK(ask({"GET", "b"}).starts_with("-ERR ABORTED"));
  CHECK(ask({"BEGIN"}).starts_with("-ERR STATE"));
  CHECK(ask({"COMMIT"}).starts_with("-ERR ABORTED"));
  CHECK(ask({"COUNT"}) == ":0\n");
  ask({"BEGIN"});
  ask({"SET", "a", std::string(20'000, 'x')});
  CHECK(ask({"ROLLBACK"}) == "+OK\n");
}

TEST_CASE_FIXTURE(Two, "past its time a transaction is rolled back") {
  limit({.time_ms = 1});
  ask({"BEGIN"});
  std::string answer;
  while (answer = ask({"SET", "a", "1"}), answer == "+OK\n") std::this_thread::yield();
  CHECK(answer.starts_with("-ERR ABORTED the transaction was rolled back: it was open for more"));
  CHECK(ask({"COMMIT"}).starts_with("-ERR ABORTED"));
  CHECK(ask({"GET", "a"}) == "+NIL\n");
}

TEST_CASE_FIXTURE(Two, "writes in a transaction are not waited for, and its COMMIT is") {
  CHECK(!run({"BEGIN"}).acknowledges_write);
  CHECK(!run({"SET", "a", "1"}).acknowledges_write);
  CHECK(!session->has_uncommitted());
  CHECK(run({"COMMIT"}).acknowledges_write);
  CHECK(session->has_uncommitted());
  CHECK(session->commit());
  CHECK(!run({"BEGIN"}).acknowledges_write);
  run({"GET", "a"});
  CHECK(!run({"COMMIT"}).acknowledges_write);
  CHECK(!session->has_uncommitted());
}

TEST_CASE("long values in a transaction are answered in parts where they are versions, or held") {
  Fixture fixture;
  Session session(*fixture.store, {.stream_above = 1024});
  const auto ask = [&](const std::vector<std::string_view>& argv) {
    return as_text(session.execute(argv));
  };
  const std::string big(3 << 20, 'x');
  ask({"SET", "old", big});
  ask({"BEGIN"});
  CHECK(ask({"GET", "old"}) == "+VALUE " + std::to_string(big.size()) + "\n" + big + "\n");
  CHECK(ask({"APPEND", "old", "end"}) == ":" + std::to_string(big.size() + 3) + "\n");
  CHECK(ask({"GET", "old"}) == "+VALUE " + std::to_string(big.size() + 3) + "\n" + big + "end\n");
  CHECK(ask({"READ", "old", "-5", "9"}) == "+VALUE 5\nxxend\n");
  ask({"SET", "new", big});
  CHECK(ask({"GET", "new"}).size() == ask({"GET", "old"}).size() - 3);
  CHECK(ask({"COMMIT"}) == "+OK\n");
  CHECK(ask({"STRLEN", "old"}) == ":" + std::to_string(big.size() + 3) + "\n");
}
