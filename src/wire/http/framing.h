// What of a request's head says where its body ends, and what a first line looks like: for
// parser.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "src/wire/http/parser.h"
#include "src/wire/http/request.h"

namespace kvstore::wire::http {

// A method's or a field's name: one or more of the characters that RFC 9110 has for them.
bool is_token(std::string_view text);
// "GET /key HTTP/1.1", roughly: enough to tell another protocol from it.
bool is_request_line(std::string_view line);

struct Framing {
  std::optional<std::uint64_t> content_length;
  bool is_chunked = false;
  bool expects_continue = false;
};

// Refuses whatever two readers might take for different lengths, and more or fewer Hosts than one.
tl::expected<Framing, ParseError> framing_of(const Head& head);

}  // namespace kvstore::wire::http
