#include "repl/render_versions.h"

#include <algorithm>
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
