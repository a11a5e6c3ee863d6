// What is asked for by HTTP, and answered: keys, pages, batches, commands.

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/server/fixture.h"
#include "tests/server/http_client.h"

namespace kvstore::test {
namespace {

using nlohmann::json;

constexpr std::string_view kBytes = "Accept: application/octet-stream\r\n";
constexpr std::string_view kIsBytes = "Content-Type: application/octet-stream\r\n";

json parse(const HttpAnswer& answer) { return json::parse(answer.body); }

TEST_CASE("a value is put, got, and deleted") {
  TestServer server(with_http());
  HttpClient client(server);
  const auto put = client.ask("PUT", "/user123", R"({"value": "Saurab", "ttl": 3600})",
                              "Content-Type: application/x-www-form-urlencoded\r\n");
  CHECK(put.status == 201);
  CHECK(put.field("etag") == "\"1\"");
  CHECK(parse(put) == json{{"key", "user123"}, {"ttl", 3600}, {"version", 1}});
  const auto got = client.ask("GET", "/user123");
  CHECK(got.status == 200);
  CHECK(got.field("content-type") == "application/json");
  CHECK(parse(got)["value"] == "Saurab");
  CHECK(parse(got)["ttl"] == 3600);
  CHECK(parse(got)["version"] == 1);
  CHECK(client.ask("PUT", "/user123", R"({"value": "Bo"})").status == 200);
  CHECK(parse(client.ask("GET", "/user123"))["ttl"].is_null());
  CHECK(parse(client.ask("GET", "/user123?at=1"))["value"] == "Saurab");
  CHECK(parse(client.ask("GET", "/user123?at=@1"))["detail"] == "there was no key 'user123' then");
  CHECK(client.ask("DELETE", "/user123").status == 204);
  CHECK(outcome(client.ask("DELETE", "/user123")) == "404 NIL");
  CHECK(outcome(client.ask("GET", "/user123")) == "404 NIL");
}

TEST_CASE("keys and values are any bytes") {
  TestServer server(with_http());
  HttpClient client(server);
  const std::string bytes("\0\xff\r\n%", 5);
  CHECK(client.ask("PUT", "/%00%FF/a%2Fb%20c+d?ttl=60", bytes, kIsBytes).status == 201);
  const auto got = client.ask("GET", "/%00%ff/a/b%20c+d", {}, kBytes);
  CHECK(got.body == bytes);
  CHECK(got.field("x-kvstore-ttl") == "60");
  const auto as_json = parse(client.ask("GET", "/%00%ff/a/b%20c+d"));
  CHECK(as_json["value"] == json{{"base64", "AP8NCiU="}});
  CHECK(as_json["key"]["base64"].is_string());
  CHECK(client.ask("PUT", "/k", R"({"value": {"base64": "AP8NCiU="}})").status == 201);
  CHECK(client.ask("GET", "/k", {}, kBytes).body == bytes);
  CHECK(client.ask("PUT", "/%5F/mine", R"({"value": "1"})").status == 201);
  CHECK(client.ask("PUT", "/%6Detrics", R"({"value": "1"})").status == 201);
  CHECK(server.ask("GET _/mine\n") == "+VALUE 1\n1\n");
  CHECK(server.ask("GET metrics\n") == "+VALUE 1\n1\n");
  CHECK(outcome(client.ask("GET", "/%0")) == "400 SYNTAX");
  CHECK(outcome(client.ask("GET", "/%zz")) == "400 SYNTAX");
}

TEST_CASE("a part of a value is a range") {
  TestServer server(with_http());
  HttpClient client(server);
  CHECK(client.ask("PUT", "/k", "0123456789", kIsBytes).status == 201);
  const auto part = [&](std::string_view range, std::string_view more = {}) {
    const auto answer = client.ask("GET", "/k", {}, fmt::format("Range: {}\r\n{}", range, more));
    return fmt::format("{} {} {}", answer.status, answer.field("content-range"),
                       answer.status < 300 ? answer.body : "");
  };
  CHECK(part("bytes=2-4") == "206 bytes 2-4/10 234");
  CHECK(part("bytes=7-") == "206 bytes 7-9/10 789");
  CHECK(part("bytes=7-100") == "206 bytes 7-9/10 789");
  CHECK(part("bytes=-3") == "206 bytes 7-9/10 789");
  CHECK(part("bytes=-30") == "206 bytes 0-9/10 0123456789");
  CHECK(part("bytes=0-0") == "206 bytes 0-0/10 0");
  CHECK(part("bytes=10-") == "416 bytes */10 ");
  CHECK(part("bytes=-0") == "416 bytes */10 ");
  CHECK(part("bytes=18446744073709551615-") == "416 bytes */10 ");
  CHECK(part("bytes=99999999999999999999999-") == "416 bytes */10 ");
  CHECK(part("bytes=1-99999999999999999999999") == "206 bytes 1-9/10 123456789");
  for (const std::string_view all : {"bytes=4-2", "bytes=a-", "bytes=", "bytes=-", "lines=1-2",
                                     "bytes=0-1,4-5", "bytes=1-2-3", "bytes=-1-2"}) {
    CAPTURE(all);
    CHECK(part(all) == "200  0123456789");
  }
  CHECK(part("bytes=0-1", "If-Range: \"1\"\r\n") == "206 bytes 0-1/10 01");
  CHECK(part("bytes=0-1", "If-Range: \"2\"\r\n") == "200  0123456789");
  const auto as_json =
      client.ask("GET", "/k", {}, "Range: bytes=0-1\r\nAccept: application/json\r\n");
  CHECK(as_json.status == 200);
}

TEST_CASE("HEAD answers the same head, and nothing else") {
  TestServer server(with_http());
  HttpClient client(server);
  client.ask("PUT", "/k", "0123456789", kIsBytes);
  const auto head = client.ask("HEAD", "/k", {}, kBytes);
  CHECK(head.status == 200);
  CHECK(head.field("content-length") == "10");
  CHECK(head.field("etag") == "\"1\"");
  CHECK(client.ask("HEAD", "/k").field("x-kvstore-size") == "10");
  CHECK(client.ask("HEAD", "/nope").status == 404);
  CHECK(client.ask("HEAD", "/").status == 200);
  CHECK(client.ask("HEAD", "/_/events").field("content-type") == "text/event-stream");
  CHECK(client.ask("HEAD", "/k?at=").status == client.ask("GET", "/k?at=").status);
  client.ask("POST", "/_/command", R"(["ZADD", "z", "1", "a"])");
  CHECK(client.ask("HEAD", "/z").status == 409);
  CHECK(client.ask("GET", "/k", {}, kBytes).body == "0123456789");
}

TEST_CASE("a write can be made to depend on the version") {
  TestServer server(with_http());
  HttpClient client(server);
  const auto put = [&](std::string_view value, std::string_view condition) {
    return outcome(client.ask("PUT", "/k", fmt::format(R"({{"value": "{}"}})", value), condition));
  };
  CHECK(put("a", "If-Match: *\r\n") == "412 CONFLICT");
  CHECK(put("a", "If-Match: \"1\"\r\n") == "412 CONFLICT");
  CHECK(put("a", "If-None-Match: *\r\n") == "201");
  CHECK(put("b", "If-None-Match: *\r\n") == "412 CONFLICT");
  CHECK(put("b", "If-Match: *\r\n") == "200");
  CHECK(put("c", "If-Match: \"1\"\r\n") == "412 CONFLICT");
  CHECK(put("c", "If-Match: \"1\", \"2\"\r\n") == "200");
  CHECK(put("d", "If-Match: W/\"3\"\r\n") == "412 CONFLICT");
  CHECK(put("d", "If-Match: W/\"2\", \"3\"\r\n") == "200");
  CHECK(put("e", "If-None-Match: \"4\"\r\n") == "412 CONFLICT");
  CHECK(put("e", "If-Match: 4\r\n") == "400 SYNTAX");
  CHECK(outcome(client.ask("POST", "/k?append", "!",
                           "If-Match: \"1\"\r\nContent-Type: text/plain\r\n")) == "412 CONFLICT");
  CHECK(client.ask("POST", "/k?append", "!", "If-Match: \"4\"\r\nContent-Type: text/plain\r\n")
            .body == "{\"key\":\"k\",\"length\":2,\"version\":5}\n");
  CHECK(client.ask("GET", "/k", {}, "If-None-Match: \"5\"\r\n").status == 304);
  CHECK(client.ask("GET", "/k", {}, "If-None-Match: \"4\"\r\n").status == 200);
  CHECK(outcome(client.ask("DELETE", "/k", {}, "If-Match: \"4\"\r\n")) == "412 CONFLICT");
  CHECK(client.ask("DELETE", "/k", {}, "If-Match: \"5\"\r\n").status == 204);
}

TEST_CASE("of those who set a version from the same one, one does") {
  TestServer server(with_http());
  HttpClient first(server);
  first.ask("PUT", "/n", R"({"value": "0"})");
  constexpr int kClients = 4, kEach = 50;
  const auto count = [&server] {
    HttpClient client(server);
    for (int done = 0; done < kEach;) {
      const auto got = client.ask("GET", "/n");
      const int next = std::stoi(parse(got)["value"].get<std::string>()) + 1;
      const auto put = client.ask("PUT", "/n", fmt::format(R"({{"value": "{}"}})", next),
                                  fmt::format("If-Match: {}\r\n", got.field("etag")));
      done += put.status == 200;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i) threads.emplace_back(count);
  for (std::thread& one : threads) one.join();
  CHECK(parse(first.ask("GET", "/n"))["value"] == std::to_string(kClients * kEach));
}

TEST_CASE("keys are listed page by page") {
  TestServer server(with_http());
  HttpClient client(server);
  for (int i = 0; i < 7; ++i) client.ask("PUT", fmt::format("/a%20{}", i), R"({"value": "v"})");
  client.ask("PUT", "/b", R"({"value": "w"})");
  client.ask("POST", "/_/command", R"(["ZADD", "z", "1", "m"])");
  std::string next = "/?prefix=a&limit=3";
  std::string seen;
  while (!next.empty()) {
    const auto page = parse(client.ask("GET", next));
    for (const auto& item : page["items"]) seen += item["key"].get<std::string>() + ",";
    next = page["next"].is_null() ? "" : page["next"].get<std::string>();
  }
  CHECK(seen == "a 0,a 1,a 2,a 3,a 4,a 5,a 6,");
  CHECK(client.ask("GET", "/?prefix=b&values").body ==
        "{\"items\":[{\"key\":\"b\",\"value\":\"w\"}],\"next\":null}\n");
  CHECK(parse(client.ask("GET", "/?prefix=z&values"))["items"][0]["value"].is_null());
  CHECK(parse(client.ask("GET", "/?reverse&limit=1"))["items"][0]["key"] == "z");
  CHECK(outcome(client.ask("GET", "/?limit=0")) == "400 NUMBER");
  CHECK(outcome(client.ask("GET", "/?limit=1001")) == "400 NUMBER");
  CHECK(client.ask("GET", "/", {}, "Accept: text/html,*/*;q=0.8\r\n").status == 307);
}

TEST_CASE("a batch is done as a whole, or not at all") {
  TestServer server(with_http());
  HttpClient client(server);
  const auto batch = [&](std::string_view body) { return client.ask("POST", "/_/batch", body); };
  CHECK(
      batch(
          R"([{"op":"put","key":"a","value":"1","ttl":60},["INCR","a"],{"op":"append","key":"b","value":"x"},
                  {"op":"check","key":"c","version":null}])")
          .body == "{\"results\":[\"OK\",2,1,true],\"version\":1}\n");
  CHECK(outcome(batch(R"([{"op":"delete","key":"a"},["INCR","b"]])")) == "409 TYPE");
  CHECK(parse(client.ask("GET", "/a"))["value"] == "2");
  CHECK(outcome(batch(
            R"([{"op":"put","key":"a","value":"9"},{"op":"check","key":"b","version":7}])")) ==
        "412 CONFLICT");
  CHECK(parse(client.ask("GET", "/a"))["value"] == "2");
  CHECK(batch(R"([{"op":"check","key":"b","version":1},{"op":"delete","key":"b"}])").status == 200);
  CHECK(outcome(client.ask("GET", "/b")) == "404 NIL");
  CHECK(parse(batch("[]"))["version"].is_null());
  for (const std::string_view body :
       {"", "{}", "[1]", "[{}]", R"([{"op":"put","key":"a"}])", R"([{"op":"put","value":"a"}])",
        R"([{"op":"put","key":"a","value":1}])",
        R"([{"op":"put","key":"a","value":"1","ttl":"x"}])",
        R"([{"op":"put","key":"a","value":"1","more":1}])", R"([[]])",
        R"([{"op":"check","key":"a"}])"}) {
    CAPTURE(body);
    CHECK(outcome(batch(body)) == "400 SYNTAX");
  }
  CHECK(outcome(batch(R"([["MULTI"]])")) == "409 STATE");
}

TEST_CASE("any command of the table can be run") {
  TestServer server(with_http());
  HttpClient client(server);
  const auto run = [&](std::string_view body) { return client.ask("POST", "/_/command", body); };
  CHECK(run(R"(["SET", "k", "hello"])").body == "{\"result\":\"OK\"}\n");
  CHECK(run(R"(["get", "k"])").body == "{\"result\":\"hello\"}\n");
  CHECK(run(R"(["GET", "nope"])").body == "{\"result\":null}\n");
  CHECK(run(R"(["KEYS", "*"])").body == "{\"result\":[\"k\"]}\n");
  CHECK(run(R"({"args": ["U0VU", "AP8=", "/w=="], "base64": true})").status == 200);
  CHECK(run(R"({"args": ["GET", {"base64": "AP8="}]})").body ==
        "{\"result\":{\"base64\":\"/w==\"}}\n");
  CHECK(outcome(run(R"(["NOPE"])")) == "400 UNKNOWN");
  CHECK(outcome(run(R"(["GET"])")) == "400 ARITY");
  CHECK(outcome(run(R"(["ZCARD", "k"])")) == "409 TYPE");
  for (const std::string_view word : {"BEGIN", "multi", "WATCH", "EXIT", "QUIT", "RESET", "FOLLOW",
                                      "AUTH", "HELLO", "MONITOR", "ONERROR"}) {
    CAPTURE(word);
    CHECK(outcome(run(fmt::format(R"(["{}", "a"])", word))) == "409 STATE");
  }
  CHECK(outcome(run(R"(["CLIENT", "REPLY", "OFF"])")) == "409 STATE");
  CHECK(outcome(run(R"(["CLIENT", "SETNAME", "me"])")) == "409 STATE");
  CHECK(outcome(run(R"(["SYNC", "ON"])")) == "409 STATE");
  CHECK(run(R"(["SYNC"])").status == 200);
  CHECK(run(R"(["SLOWLOG", "RESET"])").status == 200);
  for (const std::string_view body :
       {"", "[]", "{}", "GET k", R"(["GET", true])", R"({"args": []})", R"(["GET", "k"] x)",
        R"({"args":["GET"],"args":["GET"]})", "[\"\xff\"]"}) {
    CAPTURE(body);
    CHECK(outcome(run(body)) == "400 SYNTAX");
  }
  const auto table = parse(client.ask("GET", "/_/commands"))["commands"];
  CHECK(table.size() > 100);
}

TEST_CASE("a command that waits is answered when it is time") {
  TestServer server(with_http());
  HttpClient client(server);
  client.send("POST", "/_/command", R"(["READ", "log", "0", "10", "WAIT", "20000"])");
  HttpClient other(server);
  CHECK(other.ask("POST", "/log?append", "hi", "Content-Type: text/plain\r\n").status == 200);
  CHECK(client.receive().body == "{\"result\":\"hi\"}\n");
  CHECK(client.ask("GET", "/_/health").status == 200);
}

TEST_CASE("bodies that are none are refused") {
  TestServer server(with_http());
  HttpClient client(server);
  for (const std::string_view body :
       {"", "x", "{}", "[]", "\"a\"", R"({"value": 1})", R"({"value": "a", "ttl": "1"})",
        R"({"value": "a", "ttl": 1.5})", R"({"value": "a", "value": "b"})",
        R"({"value": {"base64": "a"}})", R"({"value": "a"} x)", R"({"value": "a", "tll": 1})",
        "{\"value\": \"\xff\"}", "[[[[[[[[[[[[[[[[[[[[["}) {
    CAPTURE(body);
    CHECK(outcome(client.ask("PUT", "/k", body)) == "400 SYNTAX");
  }
  using namespace std::string_view_literals;
  for (const std::string_view body : {"{\"value\": \"a\"}\0"sv, "{\"value\": \"a\"}\0, 1}"sv}) {
    CHECK(outcome(client.ask("PUT", "/k", body)) == "400 SYNTAX");
  }
  CHECK(outcome(client.ask("PUT", "/k", R"({"value": "a", "ttl": 0})")) == "400 NUMBER");
  CHECK(outcome(client.ask("PUT", "/k", R"({"value": "a", "ttl": -1})")) == "400 NUMBER");
  CHECK(outcome(client.ask("GET", "/k")) == "404 NIL");
  // Refused before the body is looked at: the connection ends with the answer.
  CHECK(outcome(client.ask("POST", "/k", "x")) == "400 SYNTAX");
  CHECK(outcome(HttpClient(server).ask("GET", "/k")) == "404 NIL");
}

TEST_CASE("a value is had in the form that Accept prefers, or is none that can be had") {
  TestServer server(with_http());
  HttpClient client(server);
  REQUIRE(client.ask("PUT", "/k", "gr\u00fc\u00dfe", "Content-Type: text/plain\r\n").status == 201);
  const auto get = [&](std::string_view accept, std::string_view more = {}) {
    return client.ask("GET", "/k", {}, fmt::format("Accept: {}\r\n{}", accept, more));
  };
  const auto text = get("text/plain");
  CHECK(text.body == "gr\u00fc\u00dfe");
  CHECK(text.field("content-type") == "text/plain; charset=utf-8");
  CHECK(text.field("vary") == "Accept");
  CHECK(get("text/*, application/json;q=0.5").body == text.body);
  CHECK(get("text/plain", "Range: bytes=0-1\r\n").status == 206);
  CHECK(get("application/octet-stream").field("content-type") == "application/octet-stream");
  for (const char* const accept : {"*/*", "application/json, text/plain, */*",
                                   "text/html,application/xhtml+xml,image/avif,*/*;q=0.8"}) {
    CHECK(get(accept).field("content-type") == "application/json");
  }
  const auto none = get("image/png");
  CHECK(outcome(none) == "406 UNKNOWN");
  CHECK(none.body.find("text/plain") != std::string::npos);
}

TEST_CASE("a byte order mark before JSON is ignored, in JSON and elsewhere it is kept") {
  TestServer server(with_http());
  HttpClient client(server);
  const std::string mark = "\xef\xbb\xbf";
  CHECK(client.ask("PUT", "/k", mark + R"({"value": ")" + mark + R"(a"})").status == 201);
  CHECK(client.ask("GET", "/k", {}, kBytes).body == mark + "a");
  CHECK(client.ask("PUT", "/k", mark + "b", kIsBytes).status == 200);
  CHECK(client.ask("GET", "/k", {}, kBytes).body == mark + "b");
}

TEST_CASE("the console is found by its name without the last slash, which is no key") {
  TestServer server(with_http());
  HttpClient client(server);
  const auto moved = client.ask("GET", "/_?x=1");
  CHECK(moved.status == 308);
  CHECK(moved.field("location") == "/_/");
  CHECK(HttpClient(server).ask("PUT", "/_", R"({"value": "1"})").status == 405);
  CHECK(client.ask("PUT", "/%5F", R"({"value": "1"})").status == 201);
  CHECK(client.ask("GET", "/%5F").status == 200);
}

TEST_CASE("what is not there is told apart from what cannot be done to it") {
  TestServer server(with_http());
  HttpClient client(server);
  CHECK(outcome(client.ask("GET", "/_/nope")) == "404 UNKNOWN");
  const auto answer = client.ask("PATCH", "/k", "x");
  CHECK(answer.status == 405);
  CHECK(answer.field("allow") == "GET, HEAD, PUT, POST, DELETE");
  HttpClient another(server);
  CHECK(another.ask("POST", "/_/commands").field("allow") == "GET, HEAD");
  CHECK(another.ask("OPTIONS", "/k").status == 204);
}

TEST_CASE("pages that anyone may see") {
  TestServer server(with_http());
  HttpClient client(server);
  CHECK(client.ask("GET", "/_/health").body == "{\"status\":\"ok\"}\n");
  CHECK(client.ask("GET", "/_/ready").status == 200);
  const auto document = parse(client.ask("GET", "/_/openapi.json"));
  CHECK(document["openapi"] == "3.0.3");
  CHECK(
      client.ask("GET", "/metrics").field("content-type").starts_with("text/plain; version=0.0.4"));
}

TEST_CASE("a batch is of reads and writes of data, which it can take back") {
  TestServer server(with_http());
  HttpClient client(server);
  const auto batch = [&](std::string_view words) {
    return client.ask("POST", "/_/batch",
                      fmt::format(R"([{{"op":"put","key":"a","value":"1"}},{}])", words));
  };
  for (const std::string_view words :
       {R"(["ACL", "SETUSER", "evil", "on"])", R"(["CONFIG", "SET", "slowlog-max-len", "7"])",
        R"(["BACKUP", "/nowhere/at/all"])", R"(["SHUTDOWN"])", R"(["CLIENT", "PAUSE", "1"])",
        R"(["COMPACT"])", R"(["SYNC", "ON"])", R"(["SYNC"])", R"(["SAVE"])", R"(["STATS"])",
        R"(["SYNCED", "1", "1"])", R"(["PUBLISH", "a", "b"])", R"(["PING"])",
        R"(["CLIENT", "SETNAME", "me"])", R"(["BEGIN"])"}) {
    CAPTURE(words);
    CHECK(outcome(batch(words)) == "409 STATE");
  }
  CHECK(parse(batch(R"(["SHUTDOWN"])"))["detail"].get<std::string>().starts_with("operation 2: "));
  CHECK(outcome(client.ask("GET", "/a")) == "404 NIL");
  CHECK(server.ask("ACL USERS\n").find("evil") == std::string::npos);
  for (const std::string_view words :
       {R"(["GET", "a"])", R"(["ZADD", "z", "1", "m"])", R"(["OBJECT", "ENCODING", "a"])",
        R"(["BZPOPMIN", "none", "0"])", R"(["MEMORY", "USAGE", "a"])", R"(["HISTORY", "a"])"}) {
    CAPTURE(words);
    CHECK(batch(words).status == 200);
  }
}

TEST_CASE("a server whose file cannot be made is not ready, and STATS says why") {
  testing::TempDir directory;
  const std::string sub = directory / "sub";
  REQUIRE(::mkdir(sub.c_str(), 0700) == 0);
  auto store = Store::open(sub + "/data.bin", TestServer::fast());
  REQUIRE(store);
  server::Config config = with_http();
  config.listen.port = 0;
  config.log_file = directory / "log";
  auto server = server::Server::start(config, **store);
  REQUIRE(server);
  HttpClient client((*server)->http_endpoint());
  CHECK(client.ask("GET", "/_/ready").status == 200);
  REQUIRE(::rmdir(sub.c_str()) == 0);
  CHECK(outcome(client.ask("GET", "/_/ready")) == "503 NOTFOUND");
  CHECK(outcome(client.ask("PUT", "/k", R"({"value": "1"})")) == "500 NOTFOUND");
  const std::string figures = client.ask("GET", "/metrics").body;
  CHECK(figures.find("\nkvstore_writable 0\n") != std::string::npos);
  CHECK(figures.find("\nkvstore_warnings 1\n") != std::string::npos);
  const std::string stats = client.ask("POST", "/_/command", R"(["STATS"])").body;
  CHECK(stats.find("writes_refused:NOTFOUND cannot create") != std::string::npos);
  CHECK(stats.find("warnings:1") != std::string::npos);
  (*server)->stop();
}

TEST_CASE("a weak tag is of no version for If-Match, and of its own for If-None-Match") {
  TestServer server(with_http());
  HttpClient client(server);
  CHECK(client.ask("PUT", "/a", R"({"value": "1"})").status == 201);
  CHECK(outcome(client.ask("PUT", "/a", R"({"value": "2"})", "If-Match: W/\"1\"\r\n")) ==
        "412 CONFLICT");
  CHECK(client.ask("GET", "/a", {}, "If-None-Match: W/\"1\"\r\n").status == 304);
}

}  // namespace
}  // namespace kvstore::test
