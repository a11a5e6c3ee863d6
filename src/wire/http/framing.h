// The body's length by a request's head, and the form of a first line; for parser.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "src/wire/http/parser.h"
#include "src/wire/http/request.h"

namespace kvstore::wire::http {

// Whether the text is a valid name of a method or field: one or more of RFC 9110's token
// characters.
bool is_token(std::string_view text);
// Whether the line resembles "GET /key HTTP/1.1": enough to distinguish other protocols.
bool is_request_line(std::string_view line);

struct Framing {
  std::optional<std::uint64_t> content_length;
  bool is_chunked = false;
  bool expects_continue = false;
};

// An error for everything that two readers might interpret as different lengths, and unless there
// is exactly one Host.
tl::expected<Framing, ParseError> framing_of(const Head& head);

}  // namespace kvstore::wire::http
