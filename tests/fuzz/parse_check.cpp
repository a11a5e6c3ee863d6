#include "tests/fuzz/parse_check.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "src/base/status.h"
#include "src/wire/resp_parser.h"
#include "src/wire/text_parser.h"
#include "tests/fuzz/pieces.h"

namespace kvstore::fuzz {
namespace {

using wire::Limits;
using wire::RequestParser;
using wire::RespParser;
using wire::TextParser;
using Event = RequestParser::Event;
using Words = std::vector<std::string>;

Limits limits_of(bool tiny) {
  Limits limits;
  if (!tiny) return limits;
  limits.max_line = 40;
  limits.max_value = 16;
  limits.max_request = 80;
  limits.max_words = 6;
  return limits;
}

// Everything a parser found, one line each, and the requests by themselves.
struct Parsed {
  std::string log;
  std::vector<Words> requests;
  std::size_t largest = 0;  // bytes of a request's words
  std::size_t most_words = 0;
  bool broken = false;  // kFatal: nothing more is understood
};

void take_request(const wire::Request& request, Parsed* parsed) {
  Words words(request.argv.begin(), request.argv.end());
  std::size_t size = 0;
  parsed->log += fmt::format("{}{}", request.line, request.crlf ? "crlf" : "");
  for (const std::string& word : words) {
    parsed->log += fmt::format(" {}[{}]", word.size(), word);
    size += word.size();
  }
  parsed->log += '\n';
  parsed->largest = std::max(parsed->largest, size);
  parsed->most_words = std::max(parsed->most_words, words.size());
  parsed->requests.push_back(std::move(words));
}

void take_error(const RequestParser& parser, bool fatal, Parsed* parsed) {
  const Error& error = parser.error();
  parsed->log += fmt::format("{} {}{} {} {} {}\n", fatal ? "FATAL" : "ERROR", parser.error_line(),
                             parser.error_crlf() ? "crlf" : "", code_name(error.code),
                             error.message, error.hint);
  parsed->broken |= fatal;
}

// Until it wants more.
void drain(RequestParser& parser, Parsed* parsed) {
  while (!parsed->broken) {
    switch (parser.next()) {
      case Event::kNeedInput:
      case Event::kEnd:
        return;
      case Event::kRequest:
        take_request(parser.request(), parsed);
        break;
      case Event::kError:
        take_error(parser, false, parsed);
        break;
      case Event::kFatal:
        take_error(parser, true, parsed);
        break;
    }
  }
}

Parsed parse(RequestParser& parser, const std::vector<std::string_view>& pieces,
             const FeedHook& hook) {
  Parsed parsed;
  for (const std::string_view piece : pieces) {
    parser.feed(hook ? hook(piece) : piece);
    drain(parser, &parsed);
    parser.pending();
  }
  parser.finish();
  drain(parser, &parsed);
  return parsed;
}

Finding compare(const Parsed& whole, const Parsed& pieces) {
  if (whole.log == pieces.log) return {};
  return fmt::format("fed in pieces it is\n{}and whole it was\n{}", pieces.log, whole.log);
}

Finding check_limits(const Parsed& parsed, const Limits& limits) {
  if (parsed.largest > limits.max_request) return "a request is over the limit of bytes";
  // SET k <<EOT 60 becomes SET k value EX 60: two words more than were there.
  if (parsed.most_words > limits.max_words + 2) return "a request is over the limit of words";
  return {};
}

std::string as_resp(const Words& words) {
  std::string bytes = fmt::format("*{}\r\n", words.size());
  for (const std::string& word : words) {
    fmt::format_to(std::back_inserter(bytes), "${}\r\n{}\r\n", word.size(), word);
  }
  return bytes;
}

Finding check_as_resp(const Parsed& parsed) {
  RespParser resp;
  std::string all;
  for (const Words& words : parsed.requests) all += as_resp(words);
  const Parsed again = parse(resp, {all}, {});
  if (again.requests != parsed.requests) return "the same words sent as RESP are others";
  return {};
}

// Of a value that never ended nobody counts the lines, nor after a fatal error.
Finding check_lines(const TextParser& parser, const Parsed& parsed, std::string_view text) {
  if (parsed.broken || parsed.log.find("the input ended inside") != parsed.log.npos) return {};
  const auto lines = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  const std::uint64_t rest = !text.empty() && text.back() != '\n' ? 1 : 0;
  if (parser.line() >= lines + 1 && parser.line() <= lines + 1 + rest) return {};
  return fmt::format("{} lines were fed, and it counts {}", lines, parser.line());
}

// What both must do; `more` is asked of one alone.
template <class Parser, class More>
Finding check_parser(Input input, const FeedHook& hook, const More& more) {
  const Cut made = cut(input);
  const Limits limits = limits_of(made.tiny);
  Parser at_once(limits), in_pieces(limits);
  const Parsed whole = parse(at_once, {made.text}, {});
  if (Finding found = compare(whole, parse(in_pieces, made.pieces, hook))) return found;
  if (Finding found = check_limits(whole, limits)) return found;
  if (Finding found = more(at_once, whole, made.text)) return found;
  return check_as_resp(whole);
}

}  // namespace

Finding check_text(Input input, const FeedHook& hook) {
  return check_parser<TextParser>(input, hook, check_lines);
}

Finding check_resp(Input input, const FeedHook& hook) {
  return check_parser<RespParser>(input, hook, [](auto&&...) { return Finding{}; });
}

}  // namespace kvstore::fuzz
