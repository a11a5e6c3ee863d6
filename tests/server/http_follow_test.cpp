// ?follow: server-sent events, and going on after the last that came.

#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "src/base/base64.h"
#include "tests/server/fixture.h"
#include "tests/server/http_client.h"

namespace kvstore::test {
namespace {

// Somebody who follows.
class Follower {
 public:
  Follower(TestServer& server, std::string_view target, std::string_view fields = {})
      : client_(server) {
    client_.send("GET", target, {}, fields);
    std::string line = client_.socket().receive_line();
    status_ = line.size() > 12 ? std::stoi(line.substr(9)) : 0;
    while (line.size() > 2) line = client_.socket().receive_line();
  }
  int status() const { return status_; }

  // The next event that has data: "set {..}", its id in id().
  std::string next() {
    std::string name, data;
    while (true) {
      const std::string line = read_line();
      if (line == "<end>") return line;
      if (line.starts_with("event: ")) name = line.substr(7);
      if (line.starts_with("data: ")) data = line.substr(6);
      if (line.starts_with("id: ")) id_ = line.substr(4);
      if (line.empty() && !data.empty()) return name + " " + data;
      if (line.empty() && !id_.empty() && wants_beginning_) return {};
    }
  }
  // What is there before anything has happened.
  void begin() {
    wants_beginning_ = true;
    next();
    wants_beginning_ = false;
  }
  const std::string& id() const { return id_; }
  std::string last_event() const { return fmt::format("Last-Event-ID: {}\r\n", id_); }

 private:
  std::string read_line() {
    while (true) {
      const std::size_t end = text_.find('\n');
      if (end != std::string::npos) {
        const std::string line = text_.substr(0, end);
        text_.erase(0, end + 1);
        return line;
      }
      const std::string size = client_.socket().receive_line();
      if (size.empty() || size == "0\r\n") return "<end>";
      text_ += client_.socket().receive(std::stoul(size, nullptr, 16));
      client_.socket().receive_line();
    }
  }
  HttpClient client_;
  int status_ = 0;
  std::string text_, id_;
  bool wants_beginning_ = false;
};

TEST_CASE("a value is followed as it grows") {
  TestServer server(with_http());
  server.ask("SET log \"hello\"\n");
  Follower follower(server, "/log?follow");
  CHECK(follower.next() == R"(bytes {"offset":0,"value":"hello"})");
  server.ask("APPEND log \" you\"\n");
  CHECK(follower.next() == R"(bytes {"offset":5,"value":" you"})");
  server.ask("SET log new\n");
  CHECK(follower.next() == "anew {}");
  CHECK(follower.next() == R"(bytes {"offset":0,"value":"new"})");
  Follower from(server, "/log?follow=1");
  CHECK(from.next() == R"(bytes {"offset":1,"value":"ew"})");
  Follower end(server, "/log?follow=new");
  end.begin();
  server.ask("APPEND log !\n");
  CHECK(end.next() == R"(bytes {"offset":3,"value":"!"})");
  CHECK(follower.next() == R"(bytes {"offset":3,"value":"!"})");
}

TEST_CASE("who follows a value goes on where it was") {
  TestServer server(with_http());
  server.ask("SET log hello\n");
  Follower first(server, "/log?follow");
  first.next();
  server.ask("APPEND log !\nEXPIRE log 1000\nAPPEND log ?\n");
  Follower second(server, "/log?follow", first.last_event());
  CHECK(second.next() == R"(bytes {"offset":5,"value":"!?"})");
  server.ask("SET log HELLO, all\n");
  server.ask("SET log \"HELLO, all\"\n");
  Follower third(server, "/log?follow", first.last_event());
  CHECK(third.next() == "anew {}");
  CHECK(third.next() == R"(bytes {"offset":0,"value":"HELLO, all"})");
  Follower bad(server, "/log?follow", "Last-Event-ID: x\r\n");
  CHECK(bad.status() == 400);
}

TEST_CASE("who has followed a value that then expired is told that an append has begun another") {
  TestServer server(with_http());
  WriteOptions past;
  past.expires_at_ms = 1;
  REQUIRE(server.store().set("log", "hello"));        // version 1
  REQUIRE(server.store().set("other", "hello"));      // version 2
  REQUIRE(server.store().append("log", "!"));         // version 3
  REQUIRE(server.store().set("other", "old", past));  // version 4
  REQUIRE(server.store().append("other", "abcdefgh"));
  REQUIRE(server.store().append("other", "i"));
  Follower of_old(server, "/other?follow", "Last-Event-ID: 4:3\r\n");
  CHECK(of_old.next() == "anew {}");
  CHECK(of_old.next() == R"(bytes {"offset":0,"value":"abcdefghi"})");
  Follower of_new(server, "/other?follow", "Last-Event-ID: 5:8\r\n");
  CHECK(of_new.next() == R"(bytes {"offset":8,"value":"i"})");
  Follower of_other(server, "/log?follow", "Last-Event-ID: 1:5\r\n");
  CHECK(of_other.next() == R"(bytes {"offset":5,"value":"!"})");
}

TEST_CASE("changes are followed, and gone on with") {
  TestServer server(with_http());
  server.ask("SET a:1 x\n");
  Follower follower(server, "/?prefix=a:&follow");
  follower.begin();
  CHECK(follower.id() == "1");
  Follower again(server, "/?prefix=a:&follow", follower.last_event());
  server.ask("SET b 1\nSET a:2 \"\\xff\"\nAPPEND a:1 y\nDELETE a:2\nZADD a:3 1 m\n");
  CHECK(follower.next() ==
        R"(set {"version":3,"key":"a:2","expires":null,"value":{"base64":"/w=="}})");
  CHECK(follower.id() == "3-1");
  CHECK(follower.next() == R"(append {"version":4,"key":"a:1","expires":null,"value":"y"})");
  CHECK(follower.next() == R"(delete {"version":5,"key":"a:2","expires":null,"value":null})");
  CHECK(follower.next() == R"(zset {"version":6,"key":"a:3","expires":null,"value":null})");
  CHECK(again.next().starts_with(R"(set {"version":3,)"));
  Follower after(server, "/_/events?prefix=a:&after=4");
  CHECK(after.next().starts_with(R"(delete {"version":5,)"));
  Follower yet_to_come(server, "/_/events?after=100");
  CHECK(yet_to_come.status() == 400);
}

TEST_CASE("of a batch what has come does not come again") {
  TestServer server(with_http());
  Follower first(server, "/?follow");
  first.begin();
  HttpClient client(server);
  client.ask("POST", "/_/batch",
             R"([{"op":"put","key":"a","value":"1"},{"op":"put","key":"b","value":"2"},
                 {"op":"put","key":"c","value":"3"}])");
  CHECK(first.next().find(R"("key":"a")") != std::string::npos);
  CHECK(first.next().find(R"("key":"b")") != std::string::npos);
  CHECK(first.id() == "1-2");
  Follower second(server, "/?follow", first.last_event());
  CHECK(second.next().find(R"("key":"c")") != std::string::npos);
  CHECK(second.id() == "1-3");
}

TEST_CASE("a value too long for an event is left out of it") {
  TestServer server(with_http());
  Follower follower(server, "/?follow");
  follower.begin();
  REQUIRE(server.store().set("long", std::string(2'000'000, 'x')));
  REQUIRE(server.store().set("zeros", std::string(60'000, '\0')));
  REQUIRE(server.store().set("short", std::string(60'000, 'x')));
  CHECK(follower.next() ==
        R"(set {"version":1,"key":"long","expires":null,"value":null,"omitted":2000000})");
  CHECK(follower.next() ==
        R"(set {"version":2,"key":"zeros","expires":null,"value":null,"omitted":60000})");
  const std::string whole = follower.next();
  CHECK(whole.size() > 60'000);
  CHECK(whole.find("omitted") == std::string::npos);
  Follower again(server, "/?follow", "Last-Event-ID: 1-1\r\n");
  CHECK(again.next().find(R"("omitted":60000)") != std::string::npos);
  CHECK(again.next().find("omitted") == std::string::npos);
}

TEST_CASE("whoever could not begin any more does not go on following") {
  TestServer server(with_http());
  std::string login = "Authorization: Basic ";
  append_base64("al:pw", &login);
  login += "\r\n";
  for (const std::string_view how : {"off", "resetpass", "resetkeys", "-follow"}) {
    CAPTURE(how);
    server.ask("ACL SETUSER al reset on >pw ~* +@all\n");
    Follower follower(server, "/?follow", login);
    follower.begin();
    server.ask("ACL SETUSER al >another\nSET k before\n");
    CHECK(follower.next().starts_with("set "));
    server.ask(fmt::format("ACL SETUSER al {}\nSET k v\n", how));
    CHECK(follower.next().starts_with("error "));
    CHECK(follower.next() == "<end>");
  }
}

TEST_CASE("HEAD of what is followed says what GET would") {
  TestServer server(with_http());
  HttpClient client(server);
  CHECK(client.ask("PUT", "/a", R"({"value": "1"})").status == 201);
  const auto head = [&](std::string_view target, std::string_view fields = {}) {
    client.send("HEAD", target, {}, fields);
    return client.receive(true).status;
  };
  for (const std::string_view target :
       {"/?follow&after=zz", "/_/events?after=-1", "/_/events?after=99999"}) {
    CAPTURE(target);
    CHECK(head(target) == 400);
  }
  CHECK(head("/_/events", "Last-Event-ID: zz\r\n") == 400);
  CHECK(head("/a?follow", "Last-Event-ID: zz\r\n") == 400);
  CHECK(head("/a?follow") == 200);
  CHECK(head("/_/events?after=1") == 200);
  // None of it was begun.
  CHECK(client.ask("GET", "/a").status == 200);
}

TEST_CASE("a server that stops ends what is followed") {
  TestServer server(with_http());
  Follower follower(server, "/?follow");
  follower.begin();
  server.server().request_stop();
  CHECK(follower.next() == "<end>");
}

TEST_CASE("who follows and goes away is not kept") {
  TestServer server(with_http());
  for (int i = 0; i < 20; ++i) {
    Follower follower(server, "/k?follow");
    CHECK(follower.status() == 200);
  }
  const std::string only_us = "\nconnections:1\n";
  bool is_alone = false;
  for (int i = 0; i < 1000 && !is_alone; ++i) {
    is_alone = server.ask("STATS\n").find(only_us) != std::string::npos;
  }
  CHECK(is_alone);
}

}  // namespace
}  // namespace kvstore::test
