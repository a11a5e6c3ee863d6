#include "repl/render_help.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <vector>

#include <fmt/core.h>

#include "repl/quote.h"

namespace kvstore::repl {
namespace {

constexpr std::string_view kAnswers = "  answers\n";
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

// Where what goes on of a line belongs: under its last column of words.
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
    // What is left of it is one long word.
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

// One reply from the front of *lines, with its newline.
std::string take_reply(std::vector<std::string_view>* lines, std::size_t depth);

std::string_view take(std::vector<std::string_view>* lines) {
  const std::string_view line = lines->front();
  lines->erase(lines->begin());
  return line;
}

std::string take_array(std::size_t count, std::vector<std::string_view>* lines, std::size_t depth) {
  std::string out;
  for (std::size_t i = 0; i < count && !lines->empty(); ++i) {
    if (i != 0) out.append(depth, ' ');
    const std::string number = fmt::format("{}) ", i + 1);
    out += number + take_reply(lines, depth + number.size());
  }
  return out.empty() ? "(empty array)\n" : out;
}

// A value's lines, as many as its size asks for. "..." stands for bytes that nobody has counted, so
// a line with it counts for all that are left. A reply that is no array's item (depth 0) ends with
// the example, and takes all of its lines.
std::string take_value(std::size_t size, std::vector<std::string_view>* lines, std::size_t depth) {
  std::string out;
  std::size_t taken = 0;
  while (!lines->empty() && (depth == 0 || taken < std::max<std::size_t>(size, 1))) {
    const std::string_view line = take(lines);
    taken += line.find("...") == line.npos ? line.size() + 1 : size + 1;
    out += std::string(line) + '\n';
  }
  return out;
}

std::string take_reply(std::vector<std::string_view>* lines, std::size_t depth) {
  const std::string_view line = take(lines);
  if (line == "+NIL") return "(nil)\n";
  if (line.starts_with("+ARRAY ")) return take_array(number_after(line, "+ARRAY "), lines, depth);
  if (line.starts_with("+VALUE ")) return take_value(number_after(line, "+VALUE "), lines, depth);
  if (line.starts_with(':')) return fmt::format("(integer) {}\n", line.substr(1));
  if (line.starts_with("-ERR ")) return std::string(line.substr(5)) + '\n';
  return std::string(line.substr(line.starts_with('+') ? 1 : 0)) + '\n';
}

std::string with_indent(std::string_view text, std::string_view indent) {
  std::string out;
  for (const std::string_view line : lines_of(text)) out += fmt::format("{}{}\n", indent, line);
  return out;
}

// The lines of an example stand four blanks in.
std::string without_indent(std::string_view text) {
  std::string out;
  for (std::string_view line : lines_of(text)) {
    line.remove_prefix(std::min({line.find_first_not_of(' '), line.size(), std::size_t{4}}));
    out += std::string(line) + '\n';
  }
  return out;
}

}  // namespace

std::string wrapped(std::string_view text, std::size_t width) {
  std::string out;
  for (const std::string_view line : lines_of(text)) {
    wrap_line(line, std::max(width, kLeastWidth), &out);
  }
  return out;
}

std::string shown_replies(std::string_view text) {
  std::vector<std::string_view> lines = lines_of(text);
  std::string out;
  while (!lines.empty()) out += take_reply(&lines, 0);
  return out;
}

void render_help(std::string_view text, std::size_t width, std::string* out) {
  const std::size_t answers = text.find(kAnswers);
  std::string shown(text.substr(0, answers));
  if (answers != text.npos) {
    shown += kAnswers;
    shown +=
        with_indent(shown_replies(without_indent(text.substr(answers + kAnswers.size()))), "    ");
  }
  *out += harmless(wrapped(shown, width));
}

}  // namespace kvstore::repl
