// Formats DIFF's reply as rows in every mode: JSON objects, CSV rows, words between tabs, or lines
// for people. Used for held replies and for streams.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "repl/render.h"

namespace kvstore::repl {

// The columns of a row.
inline constexpr std::array<std::string_view, 6> kChangeColumns{
    "change", "key", "seq", "time", "size_before", "size_after"};

class ChangeRows {
 public:
  // Relative times refer to `now_us`. Appends to *out, which must outlive this.
  ChangeRows(const Look& look, std::uint64_t now_us, std::string* out)
      : look_(look), now_us_(now_us), out_(*out) {}

  // Adds a row; an item of another form is rendered like any reply.
  void add(const command::Reply& item);
  // Call it after the last row.
  void finish();

 private:
  void add_line(const command::Reply& item);

  const Look look_;
  const std::uint64_t now_us_;
  std::string& out_;
  std::uint64_t rows_ = 0, added_ = 0, removed_ = 0;
};

}  // namespace kvstore::repl
