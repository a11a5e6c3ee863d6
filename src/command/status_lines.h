// Builds lines of name:value for STATS, INFO and the status of background work.
#pragma once

#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "src/command/dialect.h"

namespace kvstore::command {

class StatusLines {
 public:
  // `end` ends each line; it must outlive this.
  explicit StatusLines(std::string_view end) : end_(end) {}
  explicit StatusLines(Dialect dialect) : end_(dialect == Dialect::kText ? "\n" : "\r\n") {}

  template <class T>
  void add(std::string_view name, const T& value) {
    fmt::format_to(std::back_inserter(text_), "{}:{}{}", name, value, end_);
  }
  // Adds a title on its own line, after an empty line unless it is the first.
  void section(std::string_view title) {
    fmt::format_to(std::back_inserter(text_), "{}# {}{}", text_.empty() ? "" : end_, title, end_);
  }
  std::string take() { return std::move(text_); }

 private:
  const std::string_view end_;
  std::string text_;
};

}  // namespace kvstore::command
