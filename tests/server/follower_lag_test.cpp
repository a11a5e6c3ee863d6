// How far behind those are who follow, as the figures tell it, whatever they follow by.

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/server/fixture.h"
#include "tests/server/http_client.h"

namespace kvstore::test {
namespace {

double figure(TestServer& server, const std::string& name) {
  const std::string text = HttpClient(server).ask("GET", "/metrics").body;
  const std::size_t at = text.find("\n" + name + " ");
  REQUIRE(at != std::string::npos);
  return std::stod(text.substr(at + name.size() + 2));
}

// Waits (bounded) until it is so.
template <class Holds>
bool becomes_such(TestServer& server, const std::string& name, Holds holds) {
  for (int i = 0; i < 1000; ++i) {
    if (holds(figure(server, name))) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}
bool becomes(TestServer& server, const std::string& name, double value) {
  return becomes_such(server, name, [value](double now) { return now == value; });
}

constexpr const char* kOfPrefix = "kvstore_followers{of=\"prefix\"}";
constexpr const char* kOfKey = "kvstore_followers{of=\"key\"}";
constexpr const char* kVersions = "kvstore_follower_lag_versions";
constexpr const char* kBytes = "kvstore_follower_lag_bytes";

TEST_CASE(
    "who follows is counted, by text, RESP and server-sent events alike, until it has enough") {
  TestServer server(with_http());
  CHECK(figure(server, kOfPrefix) == 0);
  {
    Client text = server.connect(), resp = server.connect();
    text.send("FOLLOW log\n");
    CHECK(text.receive_line() == ":0\n");
    resp.send("*3\r\n$6\r\nFOLLOW\r\n$6\r\nPREFIX\r\n$1\r\na\r\n");
    CHECK(resp.receive_line() == ":1\r\n");
    HttpClient events(server), bytes(server);
    events.send("GET", "/?prefix=a&follow");
    bytes.send("GET", "/log?follow");
    CHECK(becomes(server, kOfPrefix, 2));
    CHECK(becomes(server, kOfKey, 2));
    text.send("UNFOLLOW\n");
    CHECK(becomes(server, kOfKey, 1));
  }
  // Who has closed may still read, as far as is known before something is written to it.
  CHECK(becomes_such(server, kOfPrefix, [&](double now) {
    REQUIRE(server.store().append("a", "x"));
    return now == 0;
  }));
  CHECK(becomes(server, kOfKey, 0));
  CHECK(figure(server, kVersions) == 0);
  CHECK(figure(server, kBytes) == 0);
}

TEST_CASE("who does not read is behind by what it has not been sent, and catches up") {
  constexpr int kWrites = 400;
  const std::string value(60'000, 'x');  // 24 MB: more than sockets and what may wait unread hold
  TestServer server(with_http());
  Client changes = server.connect(), bytes = server.connect();
  changes.send("FOLLOW PREFIX a:\n");
  bytes.send("FOLLOW a:log\n");
  CHECK(changes.receive_line() == ":1\n");
  CHECK(bytes.receive_line() == ":0\n");
  for (int i = 0; i < kWrites; ++i) REQUIRE(server.store().append("a:log", value));
  const auto is_behind = [](double lag) { return lag > 0; };
  CHECK(becomes_such(server, kVersions, is_behind));
  CHECK(becomes_such(server, kBytes, is_behind));
  CHECK(figure(server, kVersions) <= kWrites);
  CHECK(figure(server, kBytes) <= kWrites * static_cast<double>(value.size()));
  std::thread reader([&] { changes.receive(kWrites * value.size()); });
  bytes.receive(kWrites * value.size());
  reader.join();
  CHECK(becomes(server, kVersions, 0));
  CHECK(becomes(server, kBytes, 0));
}

}  // namespace
}  // namespace kvstore::test
