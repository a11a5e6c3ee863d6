#include "repl/pair_rows.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "repl/quote.h"
#include "src/base/quote.h"

namespace kvstore::repl {
namespace {

using command::Reply;

// More rows than a screen has, but few enough bytes to be read quickly.
constexpr std::size_t kFirstRows = 200;
constexpr std::size_t kFirstBytes = std::size_t{64} << 10;
// A longer key shifts only its own value to the right.
constexpr std::size_t kWidestKey = 40;

void append_object(const PairRows::Names& names, const Reply& key, const Reply& value,
                   std::string* out) {
  *out += fmt::format(R"({{"{}":)", names.first);
  render_json(key, out);
  *out += fmt::format(R"(,"{}":)", names.second);
  render_json(value, out);
  *out += '}';
}

}  // namespace

namespace {

// A table tells what is no string from an empty one.
std::string value_cell(const Reply& value, const Look& look) {
  return value.kind == Reply::Kind::kMissing ? "(sorted set)" : shown_cell(value, look);
}

}  // namespace

void PairRows::add(const Reply& item) {
  if (!has_key_) {
    key_ = item;
    has_key_ = true;
    return;
  }
  has_key_ = false;
  add_row(key_, item);
  ++rows_;
}

void PairRows::add_row(const Reply& key, const Reply& value) {
  if (look_.mode == Mode::kJson) {
    out_ += rows_ == 0 ? '[' : ',';
    return append_object(names_, key, value, &out_);
  }
  if (!look_.prompt || look_.mode == Mode::kCsv) {
    return render(Reply::array({Reply::array({key, value})}), look_, &out_);
  }
  if (width_ > 0) return append_table_row(shown_cell(key, look_), value_cell(value, look_));
  first_.emplace_back(shown_cell(key, look_), value_cell(value, look_));
  first_size_ += first_.back().first.size() + first_.back().second.size();
  if (first_.size() >= kFirstRows || first_size_ >= kFirstBytes) show_table();
}

void PairRows::finish() {
  if (look_.mode == Mode::kJson) {
    out_ += rows_ == 0 ? "[]\n" : "]\n";
  } else if (look_.prompt && look_.mode != Mode::kCsv) {
    if (rows_ == 0) out_ += "(empty array)\n";
    if (!first_.empty()) show_table();
  }
}

void PairRows::show_table() {
  width_ = names_.first.size();
  for (const auto& row : first_) {
    if (row.first.size() <= kWidestKey) width_ = std::max(width_, row.first.size());
  }
  append_table_row(std::string(names_.first), std::string(names_.second));
  for (const auto& [key, value] : first_) append_table_row(key, value);
  first_.clear();
}

void PairRows::append_table_row(const std::string& key, const std::string& value) {
  fmt::format_to(std::back_inserter(out_), "{:<{}}  {}\n", key, width_, value);
}

}  // namespace kvstore::repl
