// check_reply() of parse_check.h: the client's side.
#include <string>
#include <vector>

#include <fmt/format.h>

#include "src/wire/reply_parser.h"
#include "tests/fuzz/parse_check.h"
#include "tests/fuzz/pieces.h"
#include "tests/support/written_reply.h"

namespace kvstore::fuzz {
namespace {

using command::Reply;
using wire::ReplyLimits;
using wire::ReplyParser;

ReplyLimits limits_of(bool tiny) {
  ReplyLimits limits;
  limits.max_items = 1000;
  if (!tiny) return limits;
  limits.max_line = 40;
  limits.max_value = 16;
  limits.max_total = 40;
  limits.max_items = 6;
  limits.max_depth = 3;
  return limits;
}

std::string read_all(ReplyParser& parser, const std::vector<std::string_view>& pieces,
                     const FeedHook& hook) {
  std::string said;
  for (const std::string_view piece : pieces) {
    parser.feed(hook ? hook(piece) : piece);
    auto event = ReplyParser::Event::kReply;
    while ((event = parser.next()) == ReplyParser::Event::kReply) {
      wire::render_text(parser.take(), false, &said);
    }
    if (event == ReplyParser::Event::kError) return said + "FATAL " + parser.error().message;
  }
  return said + (parser.in_reply() ? "unfinished" : "");
}

// What was understood, as the server would have sent it.
std::string understood(const std::string& said) {
  const std::size_t end = said.rfind('\n');
  return end == said.npos ? "" : said.substr(0, end + 1);
}

}  // namespace

Finding check_reply(Input input, const FeedHook& hook) {
  const Cut made = cut(input);
  ReplyParser at_once(limits_of(made.tiny)), in_pieces(limits_of(made.tiny));
  const std::string whole = read_all(at_once, {made.text}, {});
  const std::string pieces = read_all(in_pieces, made.pieces, hook);
  if (pieces != whole) {
    return fmt::format("fed in pieces it is\n{}\nand whole it was\n{}", pieces, whole);
  }
  // A word may end in CR as any other byte; said again, that is the line's end.
  if (whole.find("FATAL") != whole.npos || made.text.find("\r\r") != made.text.npos) return {};
  ReplyParser again;
  const std::string first = understood(whole);
  const std::string second = read_all(again, {first}, {});
  if (second != first) return fmt::format("said again it is\n{}\nand was\n{}", second, first);
  return {};
}

}  // namespace kvstore::fuzz
