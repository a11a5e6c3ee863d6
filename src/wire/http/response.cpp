#include "src/wire/http/response.h"

#include <array>
#include <ctime>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "src/command/words.h"

namespace kvstore::wire::http {
namespace {

using OrderedJson = nlohmann::ordered_json;

std::string title_of(const Problem& problem) {
  if (problem.code == "NIL") return "the key is not there";
  for (std::size_t i = 0; i < kCodes; ++i) {
    const auto code = static_cast<Code>(i);
    if (code_name(code) == problem.code) return std::string(code_meaning(code));
  }
  return std::string(reason_of(problem.status));
}

}  // namespace

std::string_view reason_of(unsigned status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

std::string http_date(std::uint64_t time_s) {
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto time = static_cast<std::time_t>(time_s);
  std::tm utc{};
  ::gmtime_r(&time, &utc);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
                     kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                     kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                     utc.tm_min, utc.tm_sec);
}

// What is true of every answer: no page of another origin may use it, nobody guesses its type, and
// a browser asks anew, with its version, before it shows one again.
void append_head(const ResponseHead& head, std::uint64_t now_s, std::string* out) {
  const auto to = std::back_inserter(*out);
  fmt::format_to(to, "HTTP/1.1 {} {}\r\nDate: {}\r\n", head.status, reason_of(head.status),
                 http_date(now_s));
  if (!head.content_type.empty()) fmt::format_to(to, "Content-Type: {}\r\n", head.content_type);
  const bool has_length = head.status != 204 && head.status != 304 && head.status != 100;
  if (head.is_chunked) {
    out->append("Transfer-Encoding: chunked\r\n");
  } else if (head.content_length && has_length) {
    fmt::format_to(to, "Content-Length: {}\r\n", *head.content_length);
  }
  bool has_cache_rule = false;
  for (const auto& [name, value] : head.others) {
    fmt::format_to(to, "{}: {}\r\n", name, value);
    has_cache_rule |= name == "Cache-Control";
  }
  if (!has_cache_rule) out->append("Cache-Control: no-cache\r\n");
  out->append("X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n");
  if (head.closes) out->append("Connection: close\r\n");
  out->append("\r\n");
}

void begin_chunk(std::size_t size, std::string* out) {
  fmt::format_to(std::back_inserter(*out), "{:x}\r\n", size);
}

unsigned status_of(Code code) {
  switch (code) {
    case Code::kSyntax:
    case Code::kUnknown:
    case Code::kArity:
    case Code::kNumber:
    case Code::kLength:
    case Code::kUsage:
      return 400;
    case Code::kTooBig:
      return 413;
    case Code::kSkipped:
    case Code::kState:
    case Code::kExists:
    case Code::kType:
    case Code::kConflict:
    case Code::kAborted:
      return 409;
    case Code::kPurged:
      return 410;
    case Code::kNoAuth:
    case Code::kWrongPass:
      return 401;
    case Code::kNoPerm:
    case Code::kReadOnly:
      return 403;
    case Code::kTimeout:
      return 408;
    case Code::kFull:
      return 507;
    case Code::kDamaged:
    case Code::kFailed:
    case Code::kMemory:
    case Code::kLocked:
    case Code::kLimit:
    case Code::kNetwork:
      return 503;
    case Code::kCorrupt:
    case Code::kIo:
    case Code::kFormat:
    case Code::kVersion:
    case Code::kNotFound:
    case Code::kPermission:
      return 500;
  }
  return 500;
}

Problem problem_of(const Error& error) {
  return {status_of(error.code), std::string(code_name(error.code)), error.message, error.hint};
}

std::string problem_json(const Problem& problem) {
  OrderedJson json;
  json["type"] = "urn:kvstore:error:" + problem.code;
  json["title"] = title_of(problem);
  json["status"] = problem.status;
  json["code"] = problem.code;
  json["detail"] = problem.detail;
  if (!problem.hint.empty()) json["hint"] = problem.hint;
  // What a client sent may be in it, and be no UTF-8.
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

}  // namespace kvstore::wire::http
