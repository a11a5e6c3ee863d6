// The head of an HTTP request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvstore::wire::http {

struct Field {
  std::string_view name;  // as sent: names ignore case
  std::string_view value;
};

// The bytes belong to the parser, and are valid until its next request.
struct Head {
  std::string_view method;  // as sent: methods are case-sensitive
  std::string_view target;
  unsigned minor_version = 1;  // HTTP/1.0 or HTTP/1.1
  std::vector<Field> fields;
  bool keeps_alive = true;  // the connection may continue after the response
  bool expects_continue = false;
  bool has_body = false;
  std::optional<std::uint64_t> content_length;  // nullopt for a chunked body

  bool is_http_1_0() const { return minor_version == 0; }
  // The first field of that name; nullopt: there is none.
  std::optional<std::string_view> field(std::string_view name) const;
  std::size_t count(std::string_view name) const;
};

}  // namespace kvstore::wire::http
