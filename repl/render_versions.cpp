#include "repl/render_versions.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "repl/quote.h"
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

// Such as "2026-11-21 10:00:00Z, 3 min ago": seconds suffice to find a version, and its seq names
// it. Text that is not a time is shown unchanged.
std::string shown_time(const Reply& reply, std::uint64_t now_us) {
  const auto time = parse_iso_time(reply.text);
  if (!time) return shown_text(reply);
  std::string text = iso_seconds(*time);
  if (const std::size_t t = text.find('T'); t != text.npos) text[t] = ' ';
  return fmt::format("{}, {}", text, relative_time(*time, now_us));
}

std::string shown_expiry(const Reply& reply, std::uint64_t now_us, bool is_short) {
  if (reply.kind == Reply::Kind::kMissing) return "";
  const auto time = parse_iso_time(reply.text);
  return time && is_short ? relative_time(*time, now_us) : shown_time(reply, now_us);
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

TableRow row_of(const Reply& version, std::uint64_t now_us, bool is_short) {
  const std::vector<Reply>& fields = version.items;
  return {std::to_string(fields[0].integer), shown_time(fields[1], now_us), shown_text(fields[2]),
          grouped(fields[3].integer), shown_expiry(fields[4], now_us, is_short)};
}

// Numbers are aligned right, words left; the last column is not padded.
void append_row(const TableRow& row, const std::vector<std::size_t>& widths, std::string* out) {
  std::string line = fmt::format("{:>{}}  {:<{}}  {:<{}}  {:>{}}  {}", row[0], widths[0], row[1],
                                 widths[1], row[2], widths[2], row[3], widths[3], row[4]);
  line.resize(line.find_last_not_of(' ') + 1);
  *out += line + '\n';
}

std::vector<TableRow> rows_of(const Reply& history, std::uint64_t now_us, bool is_short) {
  std::vector<TableRow> rows{TableRow(kVersionColumns.begin(), kVersionColumns.end())};
  for (const Reply& version : history.items) {
    if (!is_cut(version)) rows.push_back(row_of(version, now_us, is_short));
  }
  return rows;
}

// Returns the width of the table in columns.
std::size_t append_table(const std::vector<TableRow>& rows, std::string* out) {
  std::vector<std::size_t> widths(kColumns, 0);
  for (const TableRow& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::size_t widest = 0;
  for (const TableRow& row : rows) {
    const std::size_t begin = out->size();
    append_row(row, widths, out);
    widest = std::max(widest, out->size() - begin - 1);
  }
  return widest;
}

std::string table_of(const Reply& history, std::uint64_t now_us, std::size_t width) {
  std::string table;
  if (append_table(rows_of(history, now_us, false), &table) <= width) return table;
  table.clear();
  append_table(rows_of(history, now_us, true), &table);
  return table;
}

bool is_meta(const Reply& reply) {
  using Kind = Reply::Kind;
  const std::vector<Reply>& items = reply.items;
  return items.size() == kMetaNames.size() && items[0].kind == Kind::kInteger &&
         items[1].kind == Kind::kValue && items[2].kind == Kind::kValue &&
         items[3].kind == Kind::kInteger &&
         (items[4].kind == Kind::kInteger || items[4].kind == Kind::kMissing);
}

std::string shown_meta(const Reply& reply, std::size_t which, std::uint64_t now_us,
                       const Look& look) {
  const Reply& item = reply.items[which];
  if (which == 0) return std::to_string(item.integer);
  if (which == 1) return shown_time(item, now_us);
  if (which == 3) return grouped(item.integer);
  if (which != 4) return shown_cell(item, look);
  if (item.kind == Reply::Kind::kMissing) return "never";
  return shown_time(Reply::value(iso_time(static_cast<std::uint64_t>(item.integer) * 1000)), now_us);
}

}  // namespace

void render_history(const Reply& reply, std::uint64_t now_us, std::size_t width, std::string* out) {
  if (reply.kind != Reply::Kind::kArray || reply.items.empty() ||
      !std::all_of(reply.items.begin(), reply.items.end(), is_version)) {
    Look look;
    look.prompt = look.terminal = true;
    return render(reply, look, out);
  }
  if (!is_cut(reply.items.front())) *out += table_of(reply, now_us, width);
  const Reply& last = reply.items.back();
  if (!is_cut(last)) return;
  *out += fmt::format("older history is gone: a compaction has cut it at version {} ({})\n",
                      last.items[0].integer, shown_time(last.items[1], now_us));
}

void render_meta(const Reply& reply, std::uint64_t now_us, const Look& look, std::string* out) {
  if (reply.kind != Reply::Kind::kArray || !is_meta(reply)) {
    return render_prompt(reply, look.mode, out);
  }
  for (std::size_t i = 0; i < kMetaNames.size(); ++i) {
    *out += fmt::format("{:<7}  {}\n", kMetaNames[i], shown_meta(reply, i, now_us, look));
  }
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
