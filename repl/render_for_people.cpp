#include "repl/render_for_people.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "repl/quote.h"
#include "repl/render.h"
#include "repl/reply_shape.h"
#include "src/base/civil_time.h"
#include "src/base/human.h"

namespace kvstore::repl {
namespace {

using command::Reply;

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

// As many lines as its size asks for; at the top what is left is all its own.
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

std::string shown_text(const Reply& reply) {
  std::string text;
  append_shown(reply.text, Newlines::kQuoted, &text);
  return text;
}

// "2026-11-21 10:00:00Z, 3 min ago": seconds are enough to find a version by, its seq to name it.
// What is no time is shown as it is.
std::string shown_time(const Reply& reply, std::uint64_t now_us) {
  const auto time = parse_iso_time(reply.text);
  if (!time) return shown_text(reply);
  std::string text = iso_seconds(*time);
  if (const std::size_t t = text.find('T'); t != text.npos) text[t] = ' ';
  return fmt::format("{}, {}", text, relative_time(*time, now_us));
}

constexpr std::size_t kColumns = kVersionColumns.size();
using TableRow = std::vector<std::string>;

bool is_version(const Reply& item) {
  using Kind = Reply::Kind;
  if (item.kind != Kind::kArray || item.items.size() != kColumns) return false;
  const std::vector<Reply>& fields = item.items;
  return fields[0].kind == Kind::kInteger && fields[1].kind == Kind::kValue &&
         fields[2].kind == Kind::kValue && fields[3].kind == Kind::kInteger &&
         (fields[4].kind == Kind::kValue || fields[4].kind == Kind::kMissing);
}

bool is_cut(const Reply& version) { return version.items[2].text == "cut"; }

std::string grouped(std::int64_t number) {
  return number < 0 ? std::to_string(number) : with_commas(static_cast<std::uint64_t>(number));
}

TableRow row_of(const Reply& version, std::uint64_t now_us) {
  const std::vector<Reply>& fields = version.items;
  return {std::to_string(fields[0].integer), shown_time(fields[1], now_us), shown_text(fields[2]),
          grouped(fields[3].integer),
          fields[4].kind == Reply::Kind::kMissing ? "" : shown_time(fields[4], now_us)};
}

// Numbers stand at the right, words at the left; the last column needs no filling.
void append_row(const TableRow& row, const std::vector<std::size_t>& widths, std::string* out) {
  std::string line = fmt::format("{:>{}}  {:<{}}  {:<{}}  {:>{}}  {}", row[0], widths[0], row[1],
                                 widths[1], row[2], widths[2], row[3], widths[3], row[4]);
  line.resize(line.find_last_not_of(' ') + 1);
  *out += line + '\n';
}

void append_table(const std::vector<TableRow>& rows, std::string* out) {
  std::vector<std::size_t> widths(kColumns, 0);
  for (const TableRow& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const TableRow& row : rows) append_row(row, widths, out);
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

void render_history(const Reply& reply, std::uint64_t now_us, std::string* out) {
  if (reply.kind != Reply::Kind::kArray || reply.items.empty() ||
      !std::all_of(reply.items.begin(), reply.items.end(), is_version)) {
    Look look;
    look.prompt = look.terminal = true;
    return render(reply, look, out);
  }
  std::vector<TableRow> rows{TableRow(kVersionColumns.begin(), kVersionColumns.end())};
  for (const Reply& version : reply.items) {
    if (!is_cut(version)) rows.push_back(row_of(version, now_us));
  }
  if (rows.size() > 1) append_table(rows, out);
  const Reply& last = reply.items.back();
  if (!is_cut(last)) return;
  *out += fmt::format("older history is gone: a compaction has cut it at version {} ({})\n",
                      last.items[0].integer, shown_time(last.items[1], now_us));
}

void render_restored(const Reply& reply, std::string* out) {
  if (reply.kind == Reply::Kind::kMissing) {
    *out += "(nil) nothing to undo: it is so already\n";
  } else if (reply.integer == 0) {
    *out += "OK: the key is missing again\n";
  } else {
    *out += fmt::format("OK: as of version {} again\n", reply.integer);
  }
}

}  // namespace kvstore::repl
