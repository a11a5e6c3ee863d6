// What a query asks for is understood, or refused: nothing of it is dropped. And what an error says
// is in HTTP's words.

#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "server/http/parameters.h"
#include "server/http/routes.h"
#include "tests/server/fixture.h"
#include "tests/server/http_client.h"

namespace kvstore::test {
namespace {

using nlohmann::json;
using server::http::Parameter;
using server::http::Route;

constexpr std::string_view kValue = R"({"value": "1"})";

// "detail; hint", of a request that is refused with 400.
std::string refusal(TestServer& server, std::string_view method, std::string_view target) {
  HttpClient client(server);
  const bool has_body = method == "PUT" || method == "POST";
  const auto answer = client.ask(method, target, has_body ? kValue : std::string_view());
  CAPTURE(method);
  CAPTURE(target);
  CAPTURE(answer.body);
  CHECK(answer.status == 400);
  const auto problem = json::parse(answer.body, nullptr, false);
  if (!problem.is_object() || !problem.contains("detail")) return {};
  return problem["detail"].get<std::string>() + "; " + problem.value("hint", "");
}

TEST_CASE("a parameter that is not known here is refused, and the answer says what there is") {
  TestServer server(with_http());
  CHECK(refusal(server, "PUT", "/k?tll=60") == "PUT /{key} has no parameter 'tll'; there is: ttl");
  CHECK(refusal(server, "GET", "/?prefx=a") ==
        "GET / has no parameter 'prefx'; there are: prefix, after, limit, values, reverse, follow");
  CHECK(refusal(server, "GET", "/k?history") ==
        "GET /{key} has no parameter 'history'; there are: at, follow");
  CHECK(refusal(server, "GET", "/_/health?x") ==
        "GET /_/health has no parameter 'x'; there are none");
  CHECK(refusal(server, "POST", "/_/command?x=%00") ==
        "POST /_/command has no parameter 'x'; there are none");
}

TEST_CASE("one that means nothing here is refused, and nothing is done") {
  TestServer server(with_http());
  HttpClient client(server);
  REQUIRE(client.ask("PUT", "/k", R"({"value": "old"})").status == 201);
  CHECK(refusal(server, "PUT", "/k?append") ==
        "PUT /{key} has no parameter 'append'; there is: ttl; append is for POST /{key}");
  CHECK(refusal(server, "PUT", "/k?at=1") ==
        "PUT /{key} has no parameter 'at'; there is: ttl; at is for GET /{key}");
  CHECK(refusal(server, "DELETE", "/k?at=1") ==
        "DELETE /{key} has no parameter 'at'; there are none; at is for GET /{key}");
  CHECK(refusal(server, "GET", "/?prefix=k&at=1").starts_with("GET / has no parameter 'at'"));
  CHECK(refusal(server, "POST", "/k?append&ttl=1").starts_with("POST /{key} has no parameter"));
  CHECK(refusal(server, "POST", "/k") ==
        "POST /{key} needs append: add to the value; POST /{key}?append");
  CHECK(json::parse(client.ask("GET", "/k").body)["value"] == "old");
}

TEST_CASE("values that a parameter cannot have are refused") {
  TestServer server(with_http());
  for (const char* const target :
       {"/?values=false", "/?values=0", "/?reverse=no", "/?follow=5", "/?limit=0", "/?limit=1001",
        "/?limit=ten", "/?limit=", "/k?follow=abc", "/k?at=foo", "/k?at=", "/?follow&after=x",
        "/?follow&after=99999"}) {
    refusal(server, "GET", target);
  }
  CHECK(refusal(server, "GET", "/?values=false") ==
        "values takes no value: 'false'; values alone, or leave it out");
  CHECK(refusal(server, "PUT", "/k?ttl=0") ==
        "ttl is '0', not a whole number of 1 or more; ttl=1, or leave it out");
  CHECK(refusal(server, "PUT", "/k?ttl=1.5").starts_with("ttl is '1.5'"));
  CHECK(refusal(server, "PUT", "/k?ttl=250000000001") ==
        "ttl is '250000000001', not a whole number of 1 to 250000000000; ttl=1, or leave it out");
  CHECK(refusal(server, "POST", "/k?append=no") == "append takes no value: 'no'; append alone");
  CHECK(refusal(server, "GET", "/%zz").ends_with("follow each % in it"));
  CHECK(refusal(server, "GET", "ftp://localhost/k").ends_with("or http://HOST before it"));
  HttpClient client(server);
  CHECK(json::parse(client.ask("PUT", "/k?ttl=060", kValue).body)["ttl"] == 60);
  CHECK(client.ask("PUT", "/k?ttl=250000000000", kValue).status == 200);
  CHECK(outcome(client.ask("PUT", "/k", R"({"value": "1", "ttl": 9000000000000000})")) ==
        "400 NUMBER");
  CHECK(client.ask("PUT", "/k", R"({"value": "1", "ttl": 250000000000})").status == 200);
  CHECK(outcome(client.ask("PUT", "/k", R"({"value": "1", "ttl": 250000000001})")) == "400 NUMBER");
  CHECK(outcome(client.ask("POST", "/_/batch",
                           R"([{"op": "put", "key": "k", "value": "1", "ttl": 250000000001}])")) ==
        "400 NUMBER");
  for (const char* const target : {"/?values=true", "/?values=1&reverse", "/?limit=1000"}) {
    CHECK(client.ask("GET", target).status == 200);
  }
}

TEST_CASE("what is given twice, or beside what excludes it, is refused") {
  TestServer server(with_http());
  CHECK(refusal(server, "PUT", "/k?ttl=1&ttl=2") == "ttl is given twice; once, or not at all");
  CHECK(refusal(server, "GET", "/k?at=1&at=1").starts_with("at is given twice"));
  CHECK(refusal(server, "GET", "/k?at=1&follow") == "at means nothing beside follow; one of them");
  CHECK(refusal(server, "GET", "/?follow&limit=5") ==
        "limit means nothing beside follow; one of them");
}

TEST_CASE("the console's files take any query, as browsers and caches make them") {
  TestServer server(with_http());
  HttpClient client(server);
  CHECK(client.ask("GET", "/_/?from=mail").status == 200);
}

// The document is made of the table that requests are judged by.
TEST_CASE("the document has each parameter that is taken, and no other") {
  TestServer server(with_http());
  HttpClient client(server);
  const auto document = json::parse(client.ask("GET", "/_/openapi.json").body);
  for (const Route& route : server::http::routes()) {
    CAPTURE(route.id);
    std::string method(route.method);
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    const json& operation = document["paths"][std::string(route.path)][method];
    std::string in_document, in_table;
    for (const json& one : operation.value("parameters", json::array())) {
      if (one["in"] == "query") in_document += one["name"].get<std::string>() + " ";
    }
    for (const Parameter& one : route.parameters) {
      if (one.in == Parameter::In::kQuery) in_table += std::string(one.name) + " ";
    }
    CHECK(in_document == in_table);
  }
}

TEST_CASE("a parameter that excludes another is one, and so is the other") {
  for (const Route& route : server::http::routes()) {
    for (const Parameter& one : route.parameters) {
      if (one.not_with.empty()) continue;
      CAPTURE(one.name);
      bool is_there = false;
      for (const Parameter& other : route.parameters) is_there |= other.name == one.not_with;
      CHECK(is_there);
    }
  }
}

// --- words

json problem_of(TestServer& server, std::string_view method, std::string_view target,
                std::string_view body = {}, std::string_view fields = {}) {
  HttpClient client(server);
  return json::parse(client.ask(method, target, body, fields).body, nullptr, false);
}

// No command to type, nor an option of one.
void check_is_of_http(const json& problem) {
  CAPTURE(problem.dump());
  REQUIRE(problem.is_object());
  const std::string text = problem["title"].get<std::string>() + problem.value("hint", "");
  for (const char* const word : {"SET key", "AUTH", "FROM", "BEGIN", "COMMIT", "READ a", "AT ",
                                 "ZRANGE", "a line", "quote"}) {
    CAPTURE(word);
    CHECK(text.find(word) == text.npos);
  }
}

TEST_CASE("errors of plain requests are in the words of HTTP") {
  TestServer server(with_http());
  server.ask("ZADD z 1 a\n");
  server.ask("ACL SETUSER ann ON >pw ~a:* +@read\n");
  const std::string ann = "Authorization: Basic YW5uOnB3\r\n";
  HttpClient(server).ask("PUT", "/k", kValue);
  check_is_of_http(problem_of(server, "PUT", "/k", R"({"value": "1", "ttl": 0})"));
  check_is_of_http(problem_of(server, "PUT", "/k", R"({"val": "1"})"));
  check_is_of_http(problem_of(server, "PUT", "/k", "no JSON"));
  check_is_of_http(problem_of(server, "PUT", "/k", kValue, "If-Match: \"999\"\r\n"));
  check_is_of_http(problem_of(server, "GET", "/k?at=foo"));
  check_is_of_http(problem_of(server, "GET", "/?follow&after=999"));
  check_is_of_http(problem_of(server, "GET", "/z"));
  check_is_of_http(problem_of(server, "POST", "/z?append", kValue));
  check_is_of_http(problem_of(server, "PATCH", "/k"));
  check_is_of_http(problem_of(server, "GET", "/k", {}, "Authorization: Basic YTpi\r\n"));
  check_is_of_http(problem_of(server, "GET", "/k", {}, ann));
  check_is_of_http(problem_of(server, "GET", "/k", {}, "Origin: http://evil\r\n"));
  check_is_of_http(
      problem_of(server, "POST", "/_/batch", R"([{"op":"put","key":"k","value":"","ttl":0}])"));
  // Who asks for a command is told what command to ask for.
  const auto command = problem_of(server, "POST", "/_/command", R"(["SET","k","v","EX","0"])");
  CHECK(command["hint"] == "SET key value EX 60");
}

TEST_CASE("a name that is not known, and an operation, are named once and counted from 1") {
  TestServer server(with_http());
  CHECK(problem_of(server, "PUT", "/k", R"({"tt1": 5, "value": ""})")["detail"] ==
        "'tt1' is not known here");
  CHECK(problem_of(server, "POST", "/_/batch", R"([["GET", "k"], ["BOGUS"]])")["detail"] ==
        "operation 2: there is no command 'BOGUS'");
}

TEST_CASE("a type's title is the same whatever happened") {
  TestServer server(with_http());
  CHECK(problem_of(server, "GET", "/k")["title"] == "The key is not there");
  CHECK(problem_of(server, "PUT", "/k", "x")["title"] == "The request cannot be understood");
  CHECK(problem_of(server, "GET", "/?x")["title"] == "The request cannot be understood");
  const auto page = problem_of(server, "GET", "/_/nowhere");
  CHECK(page["title"] == problem_of(server, "PATCH", "/k")["title"]);
  CHECK(page["title"] == problem_of(server, "POST", "/_/command", R"(["NO"])")["title"]);
}

TEST_CASE("the document has the forms that values have, and what is followed") {
  TestServer server(with_http());
  HttpClient client(server);
  const auto paths = json::parse(client.ask("GET", "/_/openapi.json").body)["paths"];
  const json& key = paths["/{key}"];
  for (const char* const path : {"/{key}", "/"}) {
    CHECK(paths[path]["get"]["responses"]["200"]["content"].contains("text/event-stream"));
  }
  CHECK(key["get"]["responses"]["206"]["content"].contains("text/plain"));
  for (const char* const method : {"put", "post"}) {
    CHECK(key[method]["requestBody"]["content"].contains("text/plain"));
  }
  CHECK(key["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"] ==
        "#/components/schemas/Addition");
}

}  // namespace
}  // namespace kvstore::test
