// What DIFF answers, as rows in whatever mode: a JSON object each, a CSV row, words between tabs, a
// line for people. Held replies and streams alike are written by it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "repl/render.h"

namespace kvstore::repl {

// Of a row, in this order.
inline constexpr std::array<std::string_view, 6> kChangeColumns{
    "change", "key", "seq", "time", "size_before", "size_after"};

class ChangeRows {
 public:
  // Times as seen from `now_us`. Appends to *out, which must outlive it.
  ChangeRows(const Look& look, std::uint64_t now_us, std::string* out)
      : look_(look), now_us_(now_us), out_(*out) {}

  // A row; an item of another shape is rendered as any.
  void add(const command::Reply& item);
  // After the last one.
  void finish();

 private:
  void add_line(const command::Reply& item);

  const Look look_;
  const std::uint64_t now_us_;
  std::string& out_;
  std::uint64_t rows_ = 0, added_ = 0, removed_ = 0;
};

}  // namespace kvstore::repl
