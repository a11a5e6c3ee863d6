// RANGE and PREFIX: what they list, in pages too, of any length, beside writes and in
// transactions.
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "src/command/listing.h"
#include "tests/command/support.h"

using namespace kvstore;
using namespace kvstore::command;
using namespace kvstore::command::test;

namespace {

using Words = std::vector<std::string>;

// Items of a list, a blank behind each; else the reply as text.
std::string items_of(const Reply& reply) {
  if (reply.kind != Reply::Kind::kArray) return as_text(reply);
  std::string items;
  for (const Reply& item : reply.items) items += item.text + " ";
  return items;
}

class Ranges : public Fixture {
 public:
  Ranges() {
    for (const char* const key : {"", "a", "b", "b1", "b2", "c"})
      run({"SET", key, std::string("=") + key});
  }
  std::string operator()(const Words& argv) { return items_of(run(argv)); }
};

}  // namespace

TEST_CASE("RANGE lists keys from one to another, both included") {
  Ranges run;
  CHECK(run({"RANGE", "a", "b1"}) == "a b b1 ");
  CHECK(run({"RANGE", "a0", "b0"}) == "b ");
  CHECK(run({"RANGE", "b", "b"}) == "b ");
  CHECK(run({"RANGE", "b", "a"}).empty());
  CHECK(run({"RANGE", "x", "z"}).empty());
  CHECK(run({"RANGE", "a", "c", "REV"}) == "c b2 b1 b a ");
}

TEST_CASE("an empty word is an open end of a RANGE") {
  Ranges run;
  CHECK(run({"RANGE", "", ""}) == " a b b1 b2 c ");
  CHECK(run({"RANGE", "b1", ""}) == "b1 b2 c ");
  CHECK(run({"RANGE", "", "b"}) == " a b ");
}

TEST_CASE("PREFIX lists the keys that begin so") {
  Ranges run;
  CHECK(run({"PREFIX", "b"}) == "b b1 b2 ");
  CHECK(run({"PREFIX", "b", "REV"}) == "b2 b1 b ");
  CHECK(run({"PREFIX", "", "LIMIT", "2"}) == " a ");
  CHECK(run({"PREFIX", "bb"}).empty());
}

TEST_CASE("of a sorted set VALUES has none, as MGET") {
  Ranges run;
  run({"ZADD", "b0", "1", "member"});
  Fixture& fixture = run;
  for (const char* const before : {"PING", "BEGIN"}) {
    CAPTURE(before);
    run({before});
    const Reply reply = fixture.run({"RANGE", "a", "b1", "VALUES"});
    REQUIRE(reply.items.size() == 8);
    CHECK(reply.items[3].text == "=b");
    CHECK(reply.items[4].text == "b0");
    CHECK(reply.items[5].kind == Reply::Kind::kMissing);
    CHECK(reply.items[7].text == "=b1");
  }
}

TEST_CASE("LIMIT and AFTER make pages, in both directions") {
  Ranges run;
  CHECK(run({"PREFIX", "b", "LIMIT", "2"}) == "b b1 ");
  CHECK(run({"PREFIX", "b", "LIMIT", "2", "AFTER", "b1"}) == "b2 ");
  CHECK(run({"PREFIX", "b", "LIMIT", "2", "AFTER", "b2"}).empty());
  CHECK(run({"RANGE", "a", "b2", "REV", "LIMIT", "2"}) == "b2 b1 ");
  CHECK(run({"RANGE", "a", "b2", "rev", "limit", "2", "after", "b1"}) == "b a ");
  CHECK(run({"RANGE", "b", "", "AFTER", "a"}) == "b b1 b2 c ");  // before the range
  CHECK(run({"RANGE", "b", "", "REV", "AFTER", "a"}).empty());
}

TEST_CASE("an option of a list can be given once") {
  Ranges run;
  for (const std::vector<std::string>& twice :
       std::vector<std::vector<std::string>>{{"RANGE", "a", "b", "VALUES", "values"},
                                             {"RANGE", "a", "b", "REV", "LIMIT", "1", "REV"},
                                             {"PREFIX", "a", "LIMIT", "1", "LIMIT", "2"},
                                             {"PREFIX", "a", "AFTER", "a", "AFTER", "b"}}) {
    CHECK(run(twice).starts_with("-ERR SYNTAX "));
    CHECK(run(twice).find("can be given once") != std::string::npos);
  }
  // Words that read the same are keys here.
  CHECK(run({"RANGE", "VALUES", "VALUES", "VALUES"}).empty());
}

TEST_CASE("VALUES answers each key and its value") {
  Ranges run;
  CHECK(run({"RANGE", "b", "b2", "VALUES"}) == "b =b b1 =b1 b2 =b2 ");
  CHECK(run({"PREFIX", "b", "VALUES", "LIMIT", "1", "REV"}) == "b2 =b2 ");
  CHECK(run.resp(as_resp({"RANGE", "a", "a", "VALUES"})) == "*2\r\n$1\r\na\r\n$2\r\n=a\r\n");
}

TEST_CASE("what RANGE does not understand is named") {
  Ranges run;
  CHECK(run({"RANGE", "a"}).starts_with("-ERR ARITY"));
  CHECK(run({"RANGE", "a", "b", "LIMIT"}).starts_with("-ERR"));
  CHECK(run({"RANGE", "a", "b", "LIMIT", "0"}).starts_with("-ERR NUMBER"));
  CHECK(run({"RANGE", "a", "b", "LIMIT", "-1"}).starts_with("-ERR NUMBER"));
  CHECK(run({"PREFIX", "a", "AFTER"}).starts_with("-ERR"));
  CHECK(run({"PREFIX", "a", "BACKWARDS"}).find("BACKWARDS") != std::string::npos);
}

TEST_CASE("a transaction's ranges see its own writes, and conflict with others' in them") {
  for (const bool backwards : {false, true}) {
    Ranges run;
    const auto page = [&](Words argv) {
      if (backwards) argv.push_back("REV");
      return run(argv);
    };
    run({"BEGIN"});
    run({"SET", "b0", "new"});
    run({"DELETE", "b1"});
    CHECK(page({"PREFIX", "b", "VALUES"}) ==
          (backwards ? "b2 =b2 b0 new b =b " : "b =b b0 new b2 =b2 "));
    CHECK(page({"RANGE", "a", "b0", "LIMIT", "2"}) == (backwards ? "b0 b " : "a b "));
    REQUIRE(run.store->set("z", "elsewhere"));
    CHECK(run({"COMMIT"}).starts_with("+OK"));
    run({"BEGIN"});
    run({"SET", "seen", "1"});
    CHECK(page({"RANGE", "b", "c", "LIMIT", "1"}) == (backwards ? "c " : "b "));
    REQUIRE(run.store->set("b5", "behind the page"));  // before or after all that was read
    CHECK(run({"COMMIT"}).starts_with("+OK"));
    run({"BEGIN"});
    run({"SET", "seen", "2"});
    page({"RANGE", "b", "b9"});
    REQUIRE(run.store->set("b6", "a phantom"));
    CHECK(run({"COMMIT"}).starts_with("-ERR CONFLICT"));
  }
}

TEST_CASE("a long list is sent piece by piece, of one version, however slowly it is read") {
  Fixture fixture;
  Session session(*fixture.store, {.stream_above = 1024});
  std::map<std::string, std::string> model;
  for (int i = 0; i < 2000; ++i) {
    const std::string key = "key" + std::to_string(i);
    model[key] = std::string(static_cast<std::size_t>(i % 300), 'v');
    REQUIRE(fixture.store->set(key, model[key], {.wait = false}));
  }
  // Expires while the list is sent, and stays in it.
  REQUIRE(
      fixture.store->set("key1", "soon", {.expires_at_ms = fixture.store->now_us() / 1000 + 20}));
  model["key1"] = "soon";
  for (const bool backwards : {false, true}) {
    if (backwards) {
      model.erase("key1");
      model.erase("key2");
    }
    const std::vector<std::string_view> forward{"RANGE", "", "", "VALUES"};
    const std::vector<std::string_view> back{"RANGE", "", "", "VALUES", "REV"};
    const Reply reply = session.execute(backwards ? back : forward, ReplyCollector::Streams::kKept);
    REQUIRE(reply.stream);
    CHECK(reply.stream->left() == 2 * model.size());
    std::vector<std::string> items;
    while (reply.stream->left() > 0) {
      ReplyCollector one;
      REQUIRE(reply.stream->next(one));
      items.push_back(one.take().text);
      if (items.size() == 100) {
        REQUIRE(fixture.store->remove("key2"));
        REQUIRE(fixture.store->set("key20000", "new"));
        std::string value;
        while (fixture.store->get("key1", &value).value()) {
        }
        REQUIRE(fixture.store->remove("key20000"));
      }
    }
    std::vector<std::string> expected;
    for (const auto& [key, value] : model) expected.insert(expected.end(), {key, value});
    if (backwards) {
      expected.clear();
      for (auto at = model.rbegin(); at != model.rend(); ++at) {
        expected.insert(expected.end(), {at->first, at->second});
      }
    }
    CHECK(items == expected);
  }
}

TEST_CASE("a damaged value is told before a long list begins") {
  Fixture fixture;
  for (int i = 0; i < 2000; ++i) {
    REQUIRE(fixture.store->set("key" + std::to_string(i), std::string(100, 'v'), {.wait = false}));
  }
  REQUIRE(fixture.store->set("key9999", std::string(17 << 20, 'v')));
  CHECK(as_text(fixture.run({"RANGE", "", "", "VALUES"}))
            .starts_with("-ERR TOOBIG the value of key \"key9999\" has 17825792 bytes"));
  CHECK(fixture.run({"RANGE", "", ""}).items.size() == 2001);
}
