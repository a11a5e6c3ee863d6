// HTTP for tests: requests as text, answers taken apart.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "tests/server/fixture.h"

namespace kvstore::test {

struct HttpAnswer {
  int status = 0;                             // 0: there was none
  std::map<std::string, std::string> fields;  // names in lower case
  std::string body;
  std::string field(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  }
};

server::Config with_http(server::Config config = {});

// One connection.
class HttpClient {
 public:
  explicit HttpClient(TestServer& server) : HttpClient(server.server().http_endpoint()) {}
  explicit HttpClient(const server::Endpoint& endpoint) : client_(endpoint) {}

  Client& socket() { return client_; }
  // `fields` end in CRLF each. With a body its length is said.
  void send(std::string_view method, std::string_view target, std::string_view body = {},
            std::string_view fields = {});
  HttpAnswer receive(bool is_head = false);
  HttpAnswer ask(std::string_view method, std::string_view target, std::string_view body = {},
                 std::string_view fields = {});

 private:
  Client client_;
};

// "404 NIL": the status, and a problem's code.
std::string outcome(const HttpAnswer& answer);

}  // namespace kvstore::test
