// The head of a response, and errors as problem documents (RFC 9457). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/status.h"

namespace kvstore::wire::http {

inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kBytes = "application/octet-stream";
inline constexpr std::string_view kText = "text/plain";
inline constexpr std::string_view kProblem = "application/problem+json";
inline constexpr std::string_view kEvents = "text/event-stream";

struct ResponseHead {
  unsigned status = 200;
  std::string_view content_type = {};
  // nullopt: the body is chunked, or ends with the connection.
  std::optional<std::uint64_t> content_length = 0;
  bool is_chunked = false;
  bool closes = false;
  std::vector<std::pair<std::string_view, std::string>> others = {};

  void add(std::string_view name, std::string value) {
    others.emplace_back(name, std::move(value));
  }
};

std::string_view reason_of(unsigned status);
void append_head(const ResponseHead& head, std::uint64_t now_s, std::string* out);
// Such as "Thu, 26 Nov 2026 22:44:22 GMT".
std::string http_date(std::uint64_t time_s);

void begin_chunk(std::size_t size, std::string* out);
inline constexpr std::string_view kEndOfChunk = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

// The error of a request.
struct Problem {
  unsigned status = 400;
  std::string code;  // a code of status.h such as "NOPERM", or NIL
  std::string detail;
  std::string hint = {};
  // further fields of the response
  std::vector<std::pair<std::string_view, std::string>> fields = {};
};
// The most suitable status.
unsigned status_of(Code code);
// The problem with the command's hint, which is a command to type next.
Problem problem_of(const Error& error);
// The same for a request that is not a command: the hint is in terms of HTTP.
Problem problem_in_http(const Error& error);
std::string problem_json(const Problem& problem);

}  // namespace kvstore::wire::http
