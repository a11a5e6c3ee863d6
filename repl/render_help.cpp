#include "repl/render_help.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <vector>

#include <fmt/core.h>

#include "repl/quote.h"
#include "repl/render.h"

namespace kvstore::repl {
namespace {

using command::Reply;

constexpr std::string_view kAnswers = "  answers\n";
constexpr std::string_view kIndent = "    ";  // of an example, and of its answer
constexpr std::size_t kLeastWidth = 20;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// The indentation of continuation lines: the line's last column of words.
std::size_t hanging_indent(std::string_view line, std::size_t width) {
  const std::size_t first = std::min(line.find_first_not_of(' '), line.size());
  std::size_t indent = first;
  for (std::size_t at = first; (at = line.find("  ", at)) != line.npos;) {
    at = std::min(line.find_first_not_of(' ', at), line.size());
    if (at < line.size()) indent = at;
  }
  return indent < width / 2 ? indent : first;
}

void wrap_line(std::string_view line, std::size_t width, std::string* out) {
  const std::string indent(hanging_indent(line, width), ' ');
  std::string rest(line);
  while (rest.size() > width) {
    const std::size_t cut = rest.rfind(' ', width);
    // The rest is one long word.
    if (cut == rest.npos || cut < rest.find_first_not_of(' ')) break;
    out->append(rest, 0, rest.find_last_not_of(' ', cut) + 1).push_back('\n');
    rest.replace(0, std::min(rest.find_first_not_of(' ', cut), rest.size()), indent);
  }
  *out += rest + '\n';
}

std::size_t number_after(std::string_view line, std::string_view prefix) {
  std::size_t number = 0;
  const std::string_view digits = line.substr(prefix.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

// One reply from the front of *lines.
Reply take_reply(std::vector<std::string_view>* lines, bool is_item);

std::string_view take(std::vector<std::string_view>* lines) {
  const std::string_view line = lines->front();
  lines->erase(lines->begin());
  return line;
}

Reply take_array(std::size_t count, std::vector<std::string_view>* lines) {
  Reply reply;
  reply.kind = Reply::Kind::kArray;
  while (reply.items.size() < count && !lines->empty()) {
    reply.items.push_back(take_reply(lines, true));
  }
  return reply;
}

// A value's lines, as many as its size asks for. "..." stands for bytes that nobody has counted, so
// a line with it counts for all that are left. A reply that is no array's item ends with the
// example, and takes all of its lines.
Reply take_value(std::size_t size, std::vector<std::string_view>* lines, bool is_item) {
  std::string text;
  std::size_t taken = 0;
  while (!lines->empty() && (!is_item || taken < std::max<std::size_t>(size, 1))) {
    const std::string_view line = take(lines);
    taken += line.find("...") == line.npos ? line.size() + 1 : size + 1;
    text += (text.empty() ? "" : "\n") + std::string(line);
  }
  return Reply::value(std::move(text));
}

Reply number_or_text(std::string_view digits) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_number = error == std::errc() && end == digits.data() + digits.size();
  return is_number ? Reply::of(number) : Reply::status(fmt::format("(integer) {}", digits));
}

Reply take_reply(std::vector<std::string_view>* lines, bool is_item) {
  const std::string_view line = take(lines);
  if (line == "+NIL") return Reply::missing();
  if (line.starts_with("+ARRAY ")) return take_array(number_after(line, "+ARRAY "), lines);
  if (line.starts_with("+VALUE ")) return take_value(number_after(line, "+VALUE "), lines, is_item);
  const std::string_view rest = line.substr(line.empty() ? 0 : 1);
  if (line.starts_with(':')) return number_or_text(rest);
  if (line.starts_with("-ERR ")) return Reply::status(std::string(line.substr(5)));
  return line == "+OK" ? Reply::ok()
                       : Reply::status(std::string(line.starts_with('+') ? rest : line));
}

std::string with_indent(std::string_view text, std::string_view indent) {
  std::string out;
  for (const std::string_view line : lines_of(text)) out += fmt::format("{}{}\n", indent, line);
  return out;
}

// The lines of an example are indented by four blanks.
std::string without_indent(std::string_view text) {
  std::string out;
  for (std::string_view line : lines_of(text)) {
    line.remove_prefix(std::min({line.find_first_not_of(' '), line.size(), std::size_t{4}}));
    out += std::string(line) + '\n';
  }
  return out;
}

// Of the answer to an example's last line. Prose is help itself.
Shape shape_of_last(std::string_view example) {
  const std::vector<std::string_view> lines = lines_of(example);
  std::vector<std::string_view> words;
  std::string_view rest = lines.empty() ? std::string_view() : lines.back();
  while (!rest.empty()) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const std::size_t end = std::min(rest.find(' '), rest.size());
    if (end != 0) words.push_back(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  const Shape shape = words.empty() ? Shape::kData : shape_of(words);
  return shape == Shape::kProse ? Shape::kData : shape;
}

}  // namespace

std::string wrapped(std::string_view text, std::size_t width) {
  std::string out;
  for (const std::string_view line : lines_of(text)) {
    wrap_line(line, std::max(width, kLeastWidth), &out);
  }
  return out;
}

std::string shown_replies(std::string_view text, Shape shape, std::size_t width) {
  std::vector<std::string_view> lines = lines_of(text);
  Look look;
  look.prompt = look.terminal = true;
  look.width = width;
  std::string out;
  while (!lines.empty()) {
    const Reply reply = take_reply(&lines, false);
    render(reply, look, &out, lines.empty() ? shape : Shape::kData);
  }
  return out;
}

void render_help(std::string_view text, std::size_t width, std::string* out) {
  const std::size_t answers = text.find(kAnswers);
  std::string shown(text.substr(0, answers));
  if (answers != text.npos) {
    const Shape shape = shape_of_last(text.substr(0, answers));
    const std::string replies = without_indent(text.substr(answers + kAnswers.size()));
    const std::size_t left = width - std::min(width, kIndent.size());
    shown += kAnswers;
    shown += with_indent(shown_replies(replies, shape, left), kIndent);
  }
  *out += harmless(wrapped(shown, width));
}

}  // namespace kvstore::repl
