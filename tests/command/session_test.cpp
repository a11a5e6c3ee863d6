#include "src/command/session.h"

#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/command/support.h"
#include "tests/support/sim_files.h"

namespace kvstore::command::test {
namespace {

TEST_CASE("replies of writes, and only those, wait for the commit") {
  Fixture fixture;
  struct Case {
    std::vector<std::string> argv;
    bool acknowledges;
  };
  const Case cases[] = {{{"SET", "k", "v"}, true}, {{"APPEND", "k", "v"}, true}, {{"CREATE", "c"}, true},
                        {{"CREATE", "c"}, false},  {{"DELETE", "k"}, true},      {{"DELETE", "k"}, true},
                        {{"DEL", "k"}, true},      {{"GET", "k"}, false},        {{"SET", "k"}, false},
                        {{"PING"}, false},         {{"NONSENSE"}, false}};
  for (const Case& c : cases) {
    CAPTURE(c.argv[0]);
    CHECK(fixture.run(c.argv).acknowledges_write == c.acknowledges);
  }
}

TEST_CASE("only a session that wrote has something to commit") {
  Fixture fixture;
  fixture.run({"GET", "k"});
  CHECK(!fixture.session->has_uncommitted());
  fixture.run({"SET", "k", "v"});
  CHECK(fixture.session->has_uncommitted());
  CHECK(fixture.session->commit());
  CHECK(!fixture.session->has_uncommitted());
}

TEST_CASE("a run of writes lets others write once a command that is none comes, and at the commit") {
  Fixture fixture;
  // Answers only when the store can be written to by others.
  const auto another_writes = [&] {
    bool written = false;
    std::thread([&] { written = fixture.store->set("other", "v").has_value(); }).join();
    return written;
  };
  fixture.run({"SET", "k", "v"});
  fixture.session->set_more_follow(true);
  for (int i = 0; i < 300; ++i) fixture.run({"APPEND", "k", "v"});
  fixture.run({"GET", "k"});
  CHECK(another_writes());
  fixture.run({"SET", "k", "v"});
  fixture.session->set_more_follow(false);
  fixture.run({"SET", "k", "last"});
  CHECK(fixture.session->commit());
  CHECK(another_writes());
  CHECK(fixture.run({"GET", "k"}).text == "last");
}

TEST_CASE("replies are left alone by a commit that succeeds") {
  Fixture fixture;
  std::vector<Reply> replies;
  replies.push_back(fixture.run({"SET", "k", "v"}));
  replies.push_back(fixture.run({"GET", "k"}));
  CHECK(commit_replies(*fixture.session, replies));
  CHECK(as_text(replies[0]) == "+OK\n");
  CHECK(as_text(replies[1]) == "+VALUE 1\nv\n");
}

TEST_CASE("after a failed sync no reply acknowledges a write, and reads are answered") {
  testing::SimFiles files;
  Options options;
  options.file_system = &files;
  auto store = Store::open("data.bin", options);
  REQUIRE(store);
  Session session(**store);
  const std::string_view set[] = {"SET", "k", "v"};
  const std::string_view get[] = {"GET", "k"};
  const std::string_view wrong[] = {"CREATE", "k"};
  std::vector<Reply> replies;
  replies.push_back(session.execute(set));
  REQUIRE(commit_replies(session, replies));
  CHECK(as_text(replies[0]) == "+OK\n");

  files.on_sync = [] { return Status(fail(Code::kIo, "cannot sync data.bin: Input/output error")); };
  replies.clear();
  replies.push_back(session.execute(set));
  replies.push_back(session.execute(get));
  replies.push_back(session.execute(wrong));
  CHECK(!commit_replies(session, replies));
  CHECK(as_text(replies[0]).starts_with("-ERR IO"));
  CHECK(as_text(replies[1]) == "+VALUE 1\nv\n");
  CHECK(as_text(replies[2]).starts_with("-ERR EXISTS"));

  const std::string refused = as_text(session.execute(set));
  CHECK(refused.starts_with("-ERR FAILED"));
  CHECK(as_text(session.execute(get)) == "+VALUE 1\nv\n");
}

TEST_CASE("a full disk refuses writes, and reads go on") {
  testing::SimFiles files;
  files.capacity = 1 << 20;
  Options options;
  options.file_system = &files;
  auto store = Store::open("data.bin", options);
  REQUIRE(store);
  Session session(**store);
  const std::string large(2 << 20, 'v');
  const std::string_view set[] = {"SET", "k", large};
  const std::string_view get[] = {"GET", "k"};
  CHECK(as_text(session.execute(set)).starts_with("-ERR FULL"));
  CHECK(as_text(session.execute(get)) == "+NIL\n");
}

TEST_CASE("ONERROR STOP skips what follows an error, until the next ONERROR") {
  Fixture fixture;
  CHECK(fixture.text("ONERROR STOP\nSET a 1\nGTE a\nSET a 2\nGET a\nONERROR GO\nGTE a\nGET a\n") ==
        "+OK\n+OK\n-ERR UNKNOWN there is no command 'GTE'; try: GET\n"
        "-ERR SKIPPED not executed: a command before it failed; try: ONERROR GO, to go on\n"
        "-ERR SKIPPED not executed: a command before it failed; try: ONERROR GO, to go on\n"
        "+OK\n-ERR UNKNOWN there is no command 'GTE'; try: GET\n+VALUE 1\n1\n");
  fixture.run({"ONERROR", "STOP"});
  fixture.session->note_error();  // the parser's
  CHECK(as_text(fixture.run({"SET", "a", "3"})).starts_with("-ERR SKIPPED"));
  CHECK(as_text(fixture.run({"ONERROR", "STOP"})) == "+OK\n");
  CHECK(as_text(fixture.run({"GET", "a"})) == "+VALUE 1\n1\n");
}

TEST_CASE("a read-only store refuses writes, and reads go on") {
  Fixture fixture;
  fixture.run({"SET", "k", "v"});
  REQUIRE(fixture.store->close());
  Options options;
  options.read_only = true;
  auto store = Store::open(fixture.path, options);
  REQUIRE(store);
  Session session(**store);
  const std::string_view set[] = {"SET", "k", "w"};
  const std::string_view del[] = {"DEL", "k", "l"};
  const std::string_view get[] = {"GET", "k"};
  CHECK(as_text(session.execute(set)).starts_with("-ERR READONLY"));
  CHECK(as_text(session.execute(del)).starts_with("-ERR READONLY"));
  CHECK(as_text(session.execute(get)) == "+VALUE 1\nv\n");
}

TEST_CASE("sessions have ids of their own") {
  Fixture fixture;
  const Session other(*fixture.store);
  CHECK(other.id() != fixture.session->id());
}

}  // namespace
}  // namespace kvstore::command::test
