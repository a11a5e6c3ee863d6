#include "repl/intent.h"

#include <doctest/doctest.h>

using namespace kvstore::repl;

TEST_CASE("what only reads is told from what may write") {
  CHECK(intent_of({"get", "a"}).reads);
  CHECK_FALSE(intent_of({"get", "a"}).writes);
  CHECK(intent_of({"SET", "a", "1"}).writes);
  CHECK(intent_of({"SYNC"}).writes);
  CHECK_FALSE(intent_of({"STATS"}).writes);
  CHECK_FALSE(intent_of({"PING"}).reads);
  CHECK_FALSE(intent_of({"FROB"}).writes);
  CHECK_FALSE(intent_of_text("BEGIN READONLY\nGET a\nCOMMIT\n").writes);
  CHECK(intent_of_text("BEGIN\nSET a 1\nCOMMIT\n").writes);
  CHECK_FALSE(intent_of({"BZPOPMIN", "q", "0"}).writes);  // it waits for who does
  CHECK(intent_of({"ZPOPMIN", "q"}).writes);
  CHECK_FALSE(intent_of({}).reads);
}

TEST_CASE("lines are judged up to the first that writes") {
  CHECK_FALSE(intent_of_text("GET a\n# SET a 1\n.mode json\nKEYS\n").writes);
  CHECK(intent_of_text("GET a\n.mode json\n").reads);
  CHECK(intent_of_text("GET a\nSET a 1\nGET").writes);
  CHECK_FALSE(intent_of_text("FROB \"\nGET a\n").writes);
}

TEST_CASE("a value that has only begun counts as written") {
  CHECK(intent_of_text("SET a 0 1000\nxyz").writes);
  CHECK(intent_of_text("APPEND a <<EOT\nxyz\n").writes);
  CHECK_FALSE(intent_of_text("SET a").writes);  // a line that has only begun does not
}
