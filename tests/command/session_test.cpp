#include "src/command/session.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/command/support.h"

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

TEST_CASE("replies are left alone by a commit that succeeds") {
  Fixture fixture;
  std::vector<Reply> replies;
  replies.push_back(fixture.run({"SET", "k", "v"}));
  replies.push_back(fixture.run({"GET", "k"}));
  CHECK(commit_replies(*fixture.session, replies));
  CHECK(as_text(replies[0]) == "+OK\n");
  CHECK(as_text(replies[1]) == "+VALUE 1\nv\n");
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
