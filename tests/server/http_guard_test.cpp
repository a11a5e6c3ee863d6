// Whom HTTP lets in, and what it does not let itself be made to do.

#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "src/base/base64.h"
#include "tests/server/fixture.h"
#include "tests/server/http_client.h"

namespace kvstore::test {
namespace {

std::string login(std::string_view user_and_password) {
  std::string field = "Authorization: Basic ";
  append_base64(user_and_password, &field);
  return field + "\r\n";
}

server::Config with_password() {
  server::Config config = with_http();
  config.password = "secret";
  return config;
}

// All that a connection answers to bytes as they are.
std::string raw(TestServer& server, std::string_view bytes) {
  Client client(server.server().http_endpoint());
  client.send(bytes);
  client.half_close();
  return client.receive_all();
}

int count(std::string_view text, std::string_view part) {
  int times = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++times;
  return times;
}

TEST_CASE("a server with a password wants it in each request") {
  TestServer server(with_password());
  HttpClient client(server);
  const auto refused = client.ask("GET", "/k");
  CHECK(outcome(refused) == "401 NOAUTH");
  CHECK(refused.field("www-authenticate").starts_with("Basic "));
  CHECK(outcome(client.ask("GET", "/k", {}, login("default:wrong"))) == "401 WRONGPASS");
  CHECK(outcome(client.ask("GET", "/k", {}, "Authorization: Bearer x\r\n")) == "401 WRONGPASS");
  CHECK(outcome(client.ask("GET", "/k", {}, "Authorization: Basic !\r\n")) == "401 WRONGPASS");
  CHECK(outcome(client.ask("GET", "/k", {}, login("default:secret"))) == "404 NIL");
  CHECK(outcome(client.ask("GET", "/k", {}, login(":secret"))) == "404 NIL");
  CHECK(outcome(client.ask("GET", "/k")) == "401 NOAUTH");
  CHECK(client.ask("PUT", "/k", R"({"value": "1"})", login("default:secret")).status == 201);
  CHECK(client.ask("GET", "/_/health").status == 200);
  CHECK(outcome(client.ask("GET", "/metrics")) == "401 NOAUTH");
  CHECK(outcome(client.ask("POST", "/_/command", R"(["PING"])")) == "401 NOAUTH");
}

TEST_CASE("a user may over HTTP what it may elsewhere") {
  TestServer server(with_http());
  server.ask("ACL SETUSER al on >pw +get +set ~user:*\n");
  HttpClient client(server);
  const std::string al = login("al:pw");
  CHECK(client.ask("PUT", "/user:1", R"({"value": "1"})", al).status == 201);
  CHECK(client.ask("GET", "/user:1", {}, al).status == 200);
  CHECK(outcome(client.ask("PUT", "/other", R"({"value": "1"})", al)) == "403 NOPERM");
  CHECK(outcome(client.ask("DELETE", "/user:1", {}, al)) == "403 NOPERM");
  CHECK(outcome(client.ask("GET", "/", {}, al)) == "403 NOPERM");
  CHECK(outcome(client.ask("GET", "/user:1?follow", {}, al)) == "403 NOPERM");
  CHECK(outcome(client.ask("GET", "/metrics", {}, al)) == "403 NOPERM");
  CHECK(outcome(client.ask("POST", "/_/command", R"(["FLUSHALL"])", al)) == "403 NOPERM");
  CHECK(outcome(client.ask("POST", "/_/batch", R"([{"op":"delete","key":"user:1"}])", al)) ==
        "403 NOPERM");
  // A condition tells whether the key is there.
  for (const std::string_view field : {"If-Match: *\r\n", "If-None-Match: *\r\n"}) {
    CHECK(outcome(client.ask("PUT", "/user:1", R"({"value": "2"})", al + std::string(field))) ==
          "403 NOPERM");
  }
  // Whoever shares the connection has shown nothing for it.
  CHECK(client.ask("DELETE", "/user:1").status == 204);
}

TEST_CASE("a body that will not be taken need not be sent") {
  TestServer server(with_password());
  HttpClient client(server);
  client.socket().send(
      "PUT /k HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n");
  CHECK(outcome(client.receive()) == "401 NOAUTH");
  HttpClient other(server);
  other.socket().send(
      fmt::format("PUT /k HTTP/1.1\r\nHost: a\r\n{}Expect: 100-continue\r\n"
                  "Content-Length: 14\r\n\r\n",
                  login("default:secret")));
  CHECK(other.receive().status == 100);
  other.socket().send(R"({"value": "1"})");
  CHECK(other.receive().status == 201);
  HttpClient third(server);
  third.socket().send(
      fmt::format("PUT /k HTTP/1.1\r\nHost: a\r\n{}Content-Length: 99999999999\r\n\r\n",
                  login("default:secret")));
  CHECK(outcome(third.receive()) == "413 TOOBIG");
}

TEST_CASE("without a password the server answers to its own names alone") {
  server::Config config = with_http();
  config.http_names = {"kv.example"};
  TestServer server(config);
  const auto with_host = [&](std::string_view host) {
    HttpClient client(server);
    client.socket().send(fmt::format("GET /_/health HTTP/1.1\r\nHost: {}\r\n\r\n", host));
    return client.receive().status;
  };
  for (const std::string_view host : {"localhost", "LOCALHOST:1", "127.0.0.1:8080", "[::1]:80",
                                      "10.1.2.3", "a.localhost:1", "KV.example:1"}) {
    CAPTURE(host);
    CHECK(with_host(host) == 200);
  }
  for (const std::string_view host :
       {"evil.example", "localhost.evil.example", "evil.example:8080", "127.0.0.1.evil.example",
        "evil@localhost", "localhost:a", "[::1", "", "localhost:80:80", "1.2.3", "xlocalhost"}) {
    CAPTURE(host);
    CHECK(with_host(host) == 421);
  }
  HttpClient client(server);
  CHECK(outcome(client.ask("GET", "http://evil.example/k")) == "421 NOPERM");
  CHECK(outcome(client.ask("GET", "http://localhost/k")) == "404 NIL");
}

TEST_CASE("a page of another origin may do nothing") {
  TestServer server(with_http());
  const auto with = [&](std::string_view method, std::string_view fields) {
    HttpClient client(server);
    return outcome(client.ask(method, method == "POST" ? "/k?append" : "/k",
                              method == "GET" ? "" : R"({"value": "1"})", fields));
  };
  for (const std::string_view method : {"GET", "PUT", "POST"}) {
    for (const std::string_view origin : {"http://evil.example", "null", "http://localhost:1",
                                          "https://localhost.evil.example", ""}) {
      CAPTURE(method);
      CAPTURE(origin);
      CHECK(with(method, fmt::format("Origin: {}\r\n", origin)) == "403 NOPERM");
    }
  }
  CHECK(with("POST", "Sec-Fetch-Site: cross-site\r\nContent-Type: text/plain\r\n") == "403 NOPERM");
  CHECK(with("POST", "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: navigate\r\n") == "403 NOPERM");
  CHECK(with("GET", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n") == "403 NOPERM");
  CHECK(with("GET", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n") == "404 NIL");
  CHECK(with("PUT", "Sec-Fetch-Site: same-origin\r\nOrigin: http://localhost\r\n") == "201");
  CHECK(with("PUT", "Sec-Fetch-Site: none\r\n") == "200");
  HttpClient client(server);
  const auto preflight = client.ask(
      "OPTIONS", "/k", {}, "Origin: http://evil.example\r\nAccess-Control-Request-Method: PUT\r\n");
  CHECK(preflight.status == 403);
  CHECK(preflight.field("access-control-allow-origin") == "");
}

TEST_CASE("nothing is smuggled in behind a request") {
  TestServer server(with_http());
  const std::string hidden =
      "PUT /hidden HTTP/1.1\r\nHost: a\r\nContent-Length: 14\r\n\r\n{\"value\": \"1\"}";
  for (const std::string_view fields :
       {"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n", "Content-Length: 0\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: xchunked\r\n", "Content-Length: 00000000000000000000x\r\n",
        "Transfer-Encoding:\tchunked\r\nContent-Length: 3\r\n"}) {
    CAPTURE(fields);
    const std::string answers =
        raw(server, fmt::format("POST /k?append HTTP/1.1\r\nHost: localhost\r\n{}\r\n0\r\n\r\n{}",
                                fields, hidden));
    CHECK(count(answers, "HTTP/1.1 ") == 1);
    CHECK(answers.find("Connection: close") != std::string::npos);
  }
  CHECK(server.ask("EXISTS hidden\n") == ":0\n");
}

TEST_CASE("requests that come together are answered in their order") {
  TestServer server(with_http());
  std::string all;
  for (int i = 0; i < 200; ++i) {
    all += fmt::format(
        "PUT /k{} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 14\r\n\r\n{{\"value\": \"1\"}}",
        i);
  }
  all +=
      "GET /k199 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\nHost: "
      "a\r\n\r\n";
  const std::string answers = raw(server, all);
  CHECK(count(answers, "HTTP/1.1 201") == 200);
  CHECK(count(answers, "HTTP/1.1 ") == 201);
  CHECK(answers.find("\"value\":\"1\"") != std::string::npos);
  CHECK(answers.find("k0\"") < answers.find("k199\""));
}

TEST_CASE("another protocol, and what is cut off, is told so") {
  TestServer server(with_http());
  CHECK(raw(server, "PING\r\n").starts_with("HTTP/1.1 400 "));
  CHECK(raw(server, "*1\r\n$4\r\nPING\r\n").starts_with("HTTP/1.1 400 "));
  CHECK(raw(server, "\x16\x03\x01").starts_with("HTTP/1.1 400 "));
  CHECK(raw(server, "GET /k HTTP/1.1\r\nHost: loc").starts_with("HTTP/1.1 400 "));
  CHECK(raw(server,
            "PUT /k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n{\"value\": \"1\"}")
            .starts_with("HTTP/1.1 400 "));
  CHECK(raw(server,
            "PUT /k HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc")
            .starts_with("HTTP/1.1 400 "));
  CHECK(raw(server, "").empty());
  CHECK(server.ask("EXISTS k\n") == ":0\n");
}

TEST_CASE("a request that does not become whole in time is given up") {
  server::Config config = with_http();
  config.request_timeout_ms = 50;
  TestServer server(config);
  Client client(server.server().http_endpoint());
  client.send("GET /k HTTP/1.1\r\n");
  CHECK(client.receive_all().starts_with("HTTP/1.1 408 "));
}

TEST_CASE("one connection too many is told so") {
  server::Config config = with_http();
  config.max_connections = 1;
  TestServer server(config);
  HttpClient first(server);
  CHECK(first.ask("GET", "/_/health").status == 200);
  HttpClient second(server);
  CHECK(second.ask("GET", "/_/health").status == 503);
}

TEST_CASE("a value longer than JSON may have is sent as bytes, a piece at a time") {
  server::Config config = with_http();
  config.max_request = 1 << 20;
  // Of which a body on its way to that limit, being copied as it grows, and two connections'
  // buffers take less than half, in however large pieces it arrives: with less it would be 503 now
  // and then.
  config.max_buffered = 16 << 20;
  config.max_connections = 4;
  TestServer server(config);
  const std::string piece(500'000, 'x');
  for (int i = 0; i < 40; ++i) REQUIRE(server.store().append("long", piece));
  HttpClient client(server);
  CHECK(outcome(client.ask("GET", "/long")) == "406 TOOBIG");
  const auto all = client.ask("GET", "/long", {}, "Accept: application/octet-stream\r\n");
  CHECK(all.body.size() == 40 * piece.size());
  const auto part = client.ask("GET", "/long", {}, "Range: bytes=10000000-14999999\r\n");
  CHECK(part.status == 206);
  CHECK(part.body.size() == 5'000'000);
  CHECK(outcome(client.ask("POST", "/_/command", R"(["GET", "long"])")) == "413 TOOBIG");
  HttpClient sender(server);
  sender.socket().send("PUT /k HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 9; ++i) {
    sender.socket().send(fmt::format("{:x}\r\n{}\r\n", 200'000, std::string(200'000, 'y')));
  }
  const auto refused = sender.receive();
  CHECK(outcome(refused) == "413 TOOBIG");
  CHECK(refused.body.find("POST /key?append") != std::string::npos);
}

TEST_CASE("answers take no more memory than there is for all connections") {
  server::Config config = with_http();
  config.max_buffered = 8 << 20;
  TestServer server(config);
  const std::string value(60'000, 'v');
  REQUIRE(server.store().set("k", value));
  for (int i = 0; i < 500; ++i) REQUIRE(server.store().set(fmt::format("p{}", i), value));
  HttpClient client(server);
  std::string batch = R"([["GET","k"])";
  for (int i = 0; i < 500; ++i) batch += R"(,["GET","k"])";
  CHECK(outcome(client.ask("POST", "/_/batch", batch + "]")) == "503 LIMIT");
  CHECK(outcome(client.ask("GET", "/?prefix=p&values&limit=1000")) == "503 LIMIT");
  CHECK(outcome(client.ask("POST", "/_/command", R"(["PREFIX", "p", "VALUES"])")) == "503 LIMIT");
  CHECK(client.ask("GET", "/?prefix=p&values&limit=10").status == 200);
  CHECK(client.ask("GET", "/k").status == 200);
}

TEST_CASE("what is made of a body, and of control characters, is counted") {
  server::Config config = with_http();
  config.max_buffered = 8 << 20;
  config.max_connections = 4;
  TestServer server(config);
  REQUIRE(server.store().set("zeros", std::string(1 << 20, '\0')));
  HttpClient client(server);
  std::string words = R"(["MGET","")";
  for (int i = 0; i < 90'000; ++i) words += R"(,"")";
  CHECK(outcome(client.ask("POST", "/_/command", words + "]")) == "503 LIMIT");
  CHECK(outcome(client.ask("GET", "/zeros")) == "503 LIMIT");
  CHECK(client.ask("GET", "/zeros", {}, "Accept: application/octet-stream\r\n").status == 200);
}

TEST_CASE("a kept connection is the user default only as long as that needs no password") {
  TestServer server(with_http());
  HttpClient kept(server), admin(server);
  CHECK(kept.ask("PUT", "/k", R"({"value": "1"})").status == 201);
  admin.ask("POST", "/_/command", R"(["ACL", "SETUSER", "default", "resetpass", ">secret"])");
  CHECK(outcome(kept.ask("GET", "/k")) == "401 NOAUTH");
  CHECK(outcome(kept.ask("PUT", "/k", R"({"value": "2"})")) == "401 NOAUTH");
  HttpClient another(server);
  CHECK(another.ask("GET", "/k", {}, login("default:secret")).status == 200);
}

TEST_CASE("a part of a value, and a coded one, are not taken for it") {
  TestServer server(with_http());
  HttpClient first(server), second(server);
  CHECK(outcome(first.ask("PUT", "/k", "x", "Content-Range: bytes 2-2/3\r\n")) == "400 SYNTAX");
  CHECK(outcome(second.ask("PUT", "/k", "x", "Content-Encoding: gzip\r\n")) == "415 UNKNOWN");
  CHECK(server.ask("EXISTS k\n") == ":0\n");
  // Where there is no body they mean nothing.
  HttpClient third(server);
  for (const std::string_view field :
       {"Content-Range: bytes 2-2/3\r\n", "Content-Encoding: gzip\r\n"}) {
    CHECK(outcome(third.ask("GET", "/k", {}, field)) == "404 NIL");
    CHECK(outcome(third.ask("DELETE", "/k", {}, field)) == "404 NIL");
    CHECK(third.ask("GET", "/_/health", {}, field).status == 200);
  }
}

TEST_CASE("a value has as many bytes as a request may, in whatever form it comes") {
  server::Config config = with_http();
  config.max_request = std::size_t{64} << 10;
  TestServer server(config);
  HttpClient client(server);
  const std::string most(config.max_request, 'v'), more = most + "v";
  constexpr std::string_view kBytes = "Content-Type: application/octet-stream\r\n";
  CHECK(client.ask("PUT", "/k", most, kBytes).status == 201);
  CHECK(client.ask("GET", "/k").status == 200);
  CHECK(client.ask("PUT", "/k", fmt::format(R"({{"value": "{}"}})", most)).status == 200);
  CHECK(outcome(client.ask("PUT", "/k", more, kBytes)) == "413 TOOBIG");
  CHECK(outcome(client.ask("PUT", "/k", fmt::format(R"({{"value": "{}"}})", more))) ==
        "413 TOOBIG");
  CHECK(outcome(client.ask("POST", "/_/command", fmt::format(R"(["SET", "k", "{}"])", more))) ==
        "413 TOOBIG");
  CHECK(outcome(client.ask("POST", "/_/batch", fmt::format(R"([["SET", "k", "{}"]])", more))) ==
        "413 TOOBIG");
}

TEST_CASE("a body that does not become whole in time is given up") {
  server::Config config = with_http();
  config.request_timeout_ms = 50;
  TestServer server(config);
  Client client(server.server().http_endpoint());
  client.send("PUT /k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc");
  CHECK(client.receive_all().starts_with("HTTP/1.1 408 "));
}

TEST_CASE("a connection of HTTP/1.0 is closed after the answer") {
  TestServer server(with_http());
  const std::string answers =
      raw(server, "GET /_/health HTTP/1.0\r\n\r\nGET /_/health HTTP/1.0\r\n\r\n");
  CHECK(count(answers, "HTTP/1.1 200") == 1);
}

}  // namespace
}  // namespace kvstore::test
