#include "src/wire/http/framing.h"

#include <algorithm>

#include "src/command/numbers.h"
#include "src/command/words.h"

namespace kvstore::wire::http {
namespace {

using command::same_word;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

tl::unexpected<ParseError> not_one_request(std::string message, unsigned status = 400) {
  return tl::unexpected<ParseError>(ParseError{status, std::move(message)});
}

tl::expected<void, ParseError> check_host(const Head& head) {
  const std::size_t hosts = head.count("Host");
  if (hosts > 1) return not_one_request("there is more than one Host");
  if (hosts == 0 && !head.is_http_1_0()) return not_one_request("there is no Host");
  return {};
}

tl::expected<bool, ParseError> is_chunked(const Head& head) {
  const std::size_t codings = head.count("Transfer-Encoding");
  if (codings == 0) return false;
  if (head.is_http_1_0()) return not_one_request("HTTP/1.0 has no Transfer-Encoding");
  if (codings > 1) return not_one_request("there is more than one Transfer-Encoding");
  if (!same_word(*head.field("Transfer-Encoding"), "chunked")) {
    return not_one_request("the one Transfer-Encoding that is understood is chunked", 501);
  }
  if (head.count("Content-Length") > 0) {
    return not_one_request("Transfer-Encoding and Content-Length exclude each other");
  }
  return true;
}

tl::expected<std::optional<std::uint64_t>, ParseError> length_of(const Head& head) {
  const std::size_t lengths = head.count("Content-Length");
  if (lengths == 0) return std::nullopt;
  if (lengths > 1) return not_one_request("there is more than one Content-Length");
  const std::string_view text = *head.field("Content-Length");
  const bool is_number = !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
  const auto length = is_number ? command::parse_unsigned(text) : std::nullopt;
  if (!length) return not_one_request("Content-Length is not a number of bytes");
  return length;
}

tl::expected<bool, ParseError> expects_continue(const Head& head) {
  const auto expected = head.field("Expect");
  if (!expected || head.is_http_1_0()) return false;
  if (!same_word(*expected, "100-continue"))
    return not_one_request("only 100-continue can be expected", 417);
  return true;
}

}  // namespace

std::optional<std::string_view> Head::field(std::string_view name) const {
  for (const Field& one : fields) {
    if (same_word(one.name, name)) return one.value;
  }
  return std::nullopt;
}

std::size_t Head::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(fields.begin(), fields.end(),
                    [name](const Field& one) { return same_word(one.name, name); }));
}

bool is_token(std::string_view text) {
  static constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  const auto is_of_token = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(c) != kOthers.npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), is_of_token);
}

bool is_request_line(std::string_view line) {
  return line.ends_with(" HTTP/1.1") || line.ends_with(" HTTP/1.0");
}

tl::expected<Framing, ParseError> framing_of(const Head& head) {
  if (const auto host = check_host(head); !host) return tl::unexpected(host.error());
  const auto chunked = is_chunked(head);
  if (!chunked) return tl::unexpected(chunked.error());
  const auto length = length_of(head);
  if (!length) return tl::unexpected(length.error());
  const auto expects = expects_continue(head);
  if (!expects) return tl::unexpected(expects.error());
  return Framing{*length, *chunked, *expects};
}

}  // namespace kvstore::wire::http
