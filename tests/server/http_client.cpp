#include "tests/server/http_client.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "src/command/words.h"

namespace kvstore::test {
namespace {

std::string receive_chunked(Client& client) {
  std::string body;
  while (true) {
    const std::size_t size = std::stoul(client.receive_line(), nullptr, 16);
    body += client.receive(size);
    client.receive_line();
    if (size == 0) return body;
  }
}

}  // namespace

server::Config with_http(server::Config config) {
  config.http_listen = server::Endpoint{.address = "127.0.0.1", .port = 0};
  return config;
}

void HttpClient::send(std::string_view method, std::string_view target, std::string_view body,
                      std::string_view fields) {
  std::string request =
      fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n{}", method, target, fields);
  if (!body.empty()) request += fmt::format("Content-Length: {}\r\n", body.size());
  client_.send(request + "\r\n" + std::string(body));
}

HttpAnswer HttpClient::receive(bool is_head) {
  HttpAnswer answer;
  const std::string first = client_.receive_line();
  if (!first.starts_with("HTTP/1.1 ")) return answer;
  answer.status = std::stoi(first.substr(9));
  for (std::string line = client_.receive_line(); line.size() > 2; line = client_.receive_line()) {
    const std::size_t colon = line.find(": ");
    REQUIRE(colon != std::string::npos);
    answer.fields[command::lower(line.substr(0, colon))] =
        line.substr(colon + 2, line.size() - colon - 4);
  }
  if (is_head || answer.status == 100) return answer;
  if (answer.fields.contains("transfer-encoding"))
    answer.body = receive_chunked(client_);
  else if (answer.fields.contains("content-length"))
    answer.body = client_.receive(std::stoul(answer.field("content-length")));
  return answer;
}

HttpAnswer HttpClient::ask(std::string_view method, std::string_view target, std::string_view body,
                           std::string_view fields) {
  send(method, target, body, fields);
  return receive(method == "HEAD");
}

std::string outcome(const HttpAnswer& answer) {
  std::string text = std::to_string(answer.status);
  if (answer.field("content-type") != "application/problem+json") return text;
  const auto json = nlohmann::json::parse(answer.body, nullptr, false);
  REQUIRE(json.is_object());
  CHECK(json["status"] == answer.status);
  CHECK(json["type"] == "urn:kvstore:error:" + json["code"].get<std::string>());
  CHECK(json["detail"].is_string());
  return text + " " + json["code"].get<std::string>();
}

}  // namespace kvstore::test
