#include "src/wire/http/response.h"

#include <array>
#include <ctime>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "src/command/words.h"

namespace kvstore::wire::http {
namespace {

using OrderedJson = nlohmann::ordered_json;

// The title, which is the same for all problems of a type (RFC 9457, 3.1.4). It is worded for HTTP
// clients where the prompt's words do not fit.
std::string_view title_of(const Problem& problem) {
  constexpr std::pair<std::string_view, std::string_view> kTitles[] = {
      {"NIL", "The key is not there"},
      {"SYNTAX", "The request cannot be understood"},
      {"UNKNOWN", "There is no such page, method, coding or command"},
      {"NUMBER", "A number, a range or a time is not what it may be"},
      {"STATE", "This cannot be done as things stand, or not by HTTP"},
      {"CONFLICT", "The key is not of the version that was expected, or was written meanwhile"},
      {"NOAUTH", "A user and a password are needed"},
      {"NOPERM", "Not allowed: to this user, from this origin, or by this name of the server"},
      {"NETWORK", "The server is stopping, or the connection broke"},
      {"USAGE", "This port is for another protocol"}};
  for (const auto& [code, title] : kTitles) {
    if (code == problem.code) return title;
  }
  for (std::size_t i = 0; i < kCodes; ++i) {
    const auto code = static_cast<Code>(i);
    if (code_name(code) == problem.code) return code_meaning(code);
  }
  return reason_of(problem.status);
}

// A hint for HTTP where the command's hint does not fit; empty: the command's hint fits.
std::string_view hint_in_http(Code code) {
  switch (code) {
    case Code::kNoAuth:
    case Code::kWrongPass:
      return "Authorization: Basic; curl -u user:password";
    case Code::kNoPerm:
      return "who may change that finds the user's rules with ACL GETUSER: POST /_/command";
    case Code::kType:
      return "the commands of its type: POST /_/command; [\"TYPE\", \"key\"] says which it is";
    case Code::kConflict:
    case Code::kAborted:
      return "send it once more";
    case Code::kMemory:
      return "ask for less: a Range of the bytes, a smaller limit";
    case Code::kPurged:
      return "start over with what is there now";
    default:
      return {};
  }
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

// Rules for every response: pages of other origins must not use it, browsers must not guess its
// type, and must revalidate it by its version before showing it again.
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

Problem problem_in_http(const Error& error) {
  Problem problem = problem_of(error);
  const std::string_view hint = hint_in_http(error.code);
  if (!hint.empty()) problem.hint = hint;
  return problem;
}

std::string problem_json(const Problem& problem) {
  OrderedJson json;
  json["type"] = "urn:kvstore:error:" + problem.code;
  json["title"] = title_of(problem);
  json["status"] = problem.status;
  json["code"] = problem.code;
  json["detail"] = problem.detail;
  if (!problem.hint.empty()) json["hint"] = problem.hint;
  // It may contain input of the client that is not UTF-8.
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

}  // namespace kvstore::wire::http
