#include "repl/change_rows.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "repl/quote.h"
#include "repl/render_help.h"
#include "src/base/civil_time.h"
#include "src/base/human.h"
#include "src/base/quote.h"

namespace kvstore::repl {
namespace {

using command::Reply;

constexpr std::size_t kKeyWidth = 24, kSizesWidth = 20;

bool is_size(const Reply& field) {
  return field.kind == Reply::Kind::kMissing ||
         (field.kind == Reply::Kind::kInteger && field.integer >= 0);
}

bool is_change(const Reply& item) {
  if (item.kind != Reply::Kind::kArray || item.items.size() != kChangeColumns.size()) return false;
  const std::vector<Reply>& fields = item.items;
  return fields[0].kind == Reply::Kind::kValue && fields[0].text.size() == 1 &&
         fields[1].kind == Reply::Kind::kValue && fields[2].kind == Reply::Kind::kInteger &&
         fields[3].kind == Reply::Kind::kValue && is_size(fields[4]) && is_size(fields[5]);
}

void append_change_object(const Reply& item, std::string* out) {
  *out += '{';
  for (std::size_t i = 0; i < kChangeColumns.size(); ++i) {
    fmt::format_to(std::back_inserter(*out), "{}\"{}\":", i == 0 ? "" : ",", kChangeColumns[i]);
    render_json(item.items[i], out);
  }
  *out += '}';
}

std::string shown_size(const Reply& field) {
  return human_size(static_cast<std::uint64_t>(field.integer));
}

std::string shown_sizes(const Reply& before, const Reply& after) {
  if (before.kind == Reply::Kind::kMissing) return shown_size(after);
  if (after.kind == Reply::Kind::kMissing) return "was " + shown_size(before);
  if (before.integer == after.integer) return shown_size(after);
  return shown_size(before) + " -> " + shown_size(after);
}

// Two columns; a long key may use space that the other one does not need.
std::string key_and_sizes(const std::string& key, const std::string& sizes) {
  const std::size_t both = kKeyWidth + 2 + kSizesWidth;
  const std::size_t taken = std::max(key.size(), kKeyWidth) + 2;
  return fmt::format("{:<{}}  {:<{}}", key, kKeyWidth, sizes, both - std::min(taken, both));
}

}  // namespace

void ChangeRows::add(const Reply& item) {
  const bool is_first = rows_++ == 0;
  const bool known = is_change(item);
  if (look_.mode == Mode::kJson) {
    out_ += is_first ? '[' : ',';
    known ? append_change_object(item, &out_) : render_json(item, &out_);
  } else if (look_.prompt && look_.mode != Mode::kCsv && known) {
    add_line(item);
  } else {
    render(Reply::array({item}), look_, &out_);
  }
}

void ChangeRows::add_line(const Reply& item) {
  const std::vector<Reply>& fields = item.items;
  const auto time = parse_iso_time(fields[3].text);
  added_ += fields[0].text == "+";
  removed_ += fields[0].text == "-";
  const std::string line =
      fmt::format("{} {}  seq {}, {}", fields[0].text,
                  key_and_sizes(shown_cell(fields[1], look_), shown_sizes(fields[4], fields[5])),
                  fields[2].integer,
                  time ? relative_time(*time, now_us_) : shown_cell(fields[3], look_));
  out_ += wrapped(line, look_.width);
}

void ChangeRows::finish() {
  if (look_.mode == Mode::kJson) {
    out_ += rows_ == 0 ? "[]\n" : "]\n";
  } else if (look_.prompt && look_.mode != Mode::kCsv) {
    fmt::format_to(std::back_inserter(out_), "{}: {} added, {} changed, {} removed\n",
                   plural(rows_, "key"), added_, rows_ - added_ - removed_, removed_);
  }
}

}  // namespace kvstore::repl
