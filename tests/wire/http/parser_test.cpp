#include "src/wire/http/parser.h"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace kvstore::wire::http {
namespace {

// What comes of bytes that arrive `step` at a time: "GET /a [body] ...", and "! 400 why" at an
// error.
std::string parse(std::string_view bytes, std::size_t step, const ParserLimits& limits = {}) {
  Parser parser(limits);
  std::string seen;
  while (true) {
    switch (parser.next()) {
      case Parser::Event::kNeedInput:
        if (bytes.empty()) return seen + (parser.is_inside_request() ? "..." : "");
        parser.feed(bytes.substr(0, step));
        bytes.remove_prefix(std::min(step, bytes.size()));
        continue;
      case Parser::Event::kHead:
        continue;
      case Parser::Event::kRequest:
        seen +=
            fmt::format("{} {} [{}] ", parser.head().method, parser.head().target, parser.body());
        continue;
      case Parser::Event::kError:
        return seen + fmt::format("! {} {}", parser.error().status, parser.error().message);
    }
  }
}

// The same however it is cut up.
std::string parse_each_way(std::string_view bytes, const ParserLimits& limits = {}) {
  const std::string whole = parse(bytes, bytes.size() + 1, limits);
  for (const std::size_t step : {1, 2, 3, 7, 64}) CHECK(parse(bytes, step, limits) == whole);
  return whole;
}

std::string status_of(std::string_view bytes, const ParserLimits& limits = {}) {
  const std::string seen = parse_each_way(bytes, limits);
  const std::size_t mark = seen.find("! ");
  return mark == std::string::npos ? seen : seen.substr(mark + 2, 3);
}

std::string get(std::string_view fields) {
  return fmt::format("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", fields);
}
std::string post(std::string_view fields, std::string_view body) {
  return fmt::format("POST / HTTP/1.1\r\nHost: a\r\n{}\r\n{}", fields, body);
}

TEST_CASE("a request is its method, target and body") {
  CHECK(parse_each_way(get("")) == "GET / [] ");
  CHECK(parse_each_way(post("Content-Length: 5\r\n", "hello")) == "POST / [hello] ");
  CHECK(parse_each_way(post("Transfer-Encoding: chunked\r\n",
                            "5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n")) == "POST / [hello!] ");
  CHECK(parse_each_way("GET http://a/b?c HTTP/1.0\r\n\r\n") == "GET http://a/b?c [] ");
}

TEST_CASE("requests follow each other without a pause") {
  const std::string three = get("") + post("Content-Length: 2\r\n", "ab") + get("");
  CHECK(parse_each_way(three) == "GET / [] POST / [ab] GET / [] ");
  CHECK(parse_each_way("\r\n" + get("")) == "GET / [] ");
  CHECK(parse_each_way(get("") + "\r\n" + get("")) == "GET / [] GET / [] ");
  CHECK(status_of("\r\n\r\n" + get("")) == "400");
}

TEST_CASE("what has not come yet is waited for") {
  for (const std::string& whole : {get("A: b\r\n"), post("Content-Length: 3\r\n", "abc")}) {
    for (std::size_t size = 1; size < whole.size(); ++size) {
      CHECK(parse(whole.substr(0, size), 1000).ends_with("..."));
    }
  }
  CHECK(parse_each_way("") == "");
}

TEST_CASE("a body whose length two readers may see differently is no request") {
  const std::vector<std::string> all = {
      post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"),
      post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"),
      post("Content-Length: 5, 5\r\n", "hello"),
      post("Content-Length: +5\r\n", "hello"),
      post("Content-Length: -5\r\n", "hello"),
      post("Content-Length: 0x5\r\n", "hello"),
      post("Content-Length: 5 \t5\r\n", "hello"),
      post("Content-Length:\r\n", "hello"),
      post("Content-Length: 99999999999999999999\r\n", "hello"),
      post("Content-Length : 5\r\n", "hello"),
      post("Content-Length\t: 5\r\n", "hello"),
      post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
      post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
      post("Transfer-Encoding:\x0b"
           "chunked\r\n",
           "0\r\n\r\n"),
      "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  };
  for (const std::string& bytes : all) {
    CAPTURE(bytes);
    CHECK(status_of(bytes) == "400");
  }
  // Codings that are not understood, in whichever order.
  for (const std::string_view coding : {"gzip, chunked", "chunked, gzip", "chunked, chunked",
                                        "xchunked", "\"chunked\"", "identity", "chunked;q=1"}) {
    CAPTURE(coding);
    const std::string status =
        status_of(post(fmt::format("Transfer-Encoding: {}\r\n", coding), "0\r\n\r\n"));
    CHECK((status == "501" || status == "400"));
  }
}

TEST_CASE("chunks are well-formed, or no request") {
  for (const std::string_view body :
       {"5\r\nhello0\r\n\r\n", "5\nhello\r\n0\r\n\r\n", "g\r\nhello\r\n0\r\n\r\n", "-1\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n",
        "11111111111111111\r\nhello", "5 \r\nhello\r\n0\r\n\r\n\r\n!", "\r\n\r\n\r\n"}) {
    CAPTURE(body);
    const std::string seen = parse_each_way(post("Transfer-Encoding: chunked\r\n", body));
    CHECK(seen.find("! 4") != std::string::npos);
  }
}

TEST_CASE("there is one Host") {
  CHECK(status_of("GET / HTTP/1.1\r\n\r\n") == "400");
  CHECK(status_of("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n") == "400");
  CHECK(status_of("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n") == "400");
  CHECK(parse_each_way("GET / HTTP/1.0\r\n\r\n") == "GET / [] ");
}

TEST_CASE("lines that some readers take for others are refused") {
  for (const std::string_view bytes :
       {"GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\r\nHost: a\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n", "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nA: b\rc\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nA\r\n\r\n", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "GET /\r\n\r\n",
        "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", " GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "G@T / HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    CAPTURE(bytes);
    CHECK(status_of(bytes) == "400");
  }
  CHECK(status_of(get(std::string("A: b\0c\r\n", 8))) == "400");
}

TEST_CASE("another protocol is refused before its end") {
  CHECK(status_of("\x16\x03\x01\x02") == "400");
  CHECK(status_of("*1\r\n$4\r\nPING\r\n") == "400");
  CHECK(status_of("PING\r\n") == "400");
  CHECK(status_of("SET a 1\r\n") == "400");
}

TEST_CASE("lines, fields, their number and the body have bounds") {
  const ParserLimits limits{
      .max_line = 100, .max_fields = 200, .max_field_count = 5, .max_body = 10};
  CHECK(status_of("GET /" + std::string(200, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", limits) ==
        "414");
  CHECK(status_of("GET /" + std::string(200, 'a'), limits) == "414");
  CHECK(status_of(get("A: " + std::string(400, 'a') + "\r\n"), limits) == "431");
  CHECK(status_of(get("A: " + std::string(400, 'a')), limits) == "431");
  CHECK(status_of(get("A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\n"), limits) == "431");
  CHECK(parse_each_way(get("A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n"), limits) == "GET / [] ");
  CHECK(status_of(post("Content-Length: 11\r\n", ""), limits) == "413");
  CHECK(status_of(post("Transfer-Encoding: chunked\r\n", "6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n"),
                  limits) == "413");
  CHECK(status_of(post("Transfer-Encoding: chunked\r\n", "1;" + std::string(20000, 'x'))) == "400");
  CHECK(status_of(post("Transfer-Encoding: chunked\r\n", "0\r\nA: " + std::string(20000, 'x'))) ==
        "400");
}

TEST_CASE("nothing after an error is a request") {
  Parser parser({});
  parser.feed("PING\r\n" + get(""));
  CHECK(parser.next() == Parser::Event::kError);
  parser.feed(get(""));
  CHECK(parser.next() == Parser::Event::kError);
}

TEST_CASE("a head says what it asks of the connection") {
  Parser parser({});
  parser.feed(
      post("Content-Length: 2\r\nExpect: 100-Continue\r\nConnection: close\r\nx-a: 1\r\n", ""));
  REQUIRE(parser.next() == Parser::Event::kHead);
  CHECK(parser.head().expects_continue);
  CHECK(!parser.head().keeps_alive);
  CHECK(parser.head().content_length == 2);
  CHECK(parser.head().field("X-A") == "1");
  CHECK(!parser.head().field("X-B"));
  CHECK(status_of(get("Expect: something\r\n")) == "417");
}

TEST_CASE("memory grows with what has arrived, and is given back") {
  Parser parser({});
  const std::string body(300'000, 'x');
  parser.feed(post(fmt::format("Content-Length: {}\r\n", body.size()), body));
  REQUIRE(parser.next() == Parser::Event::kHead);
  REQUIRE(parser.next() == Parser::Event::kRequest);
  CHECK(parser.memory() >= body.size());
  CHECK(parser.memory() < 5 * body.size());
  CHECK(parser.next() == Parser::Event::kNeedInput);
  parser.trim();
  CHECK(parser.memory() < 20'000);
}

}  // namespace
}  // namespace kvstore::wire::http
