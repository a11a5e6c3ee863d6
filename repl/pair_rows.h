// Keys and their values, or members and their scores, as rows, in whatever mode: a CSV row, a JSON
// object, two words between a tab, a table of two columns for people. Held replies and streams
// alike are written by it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "repl/render.h"

namespace kvstore::repl {

class PairRows {
 public:
  // What a pair is of.
  struct Names {
    std::string_view first = "key";
    std::string_view second = "value";
  };
  // Of kPairs or kScores.
  static Names names_of(Shape shape) {
    return shape == Shape::kScores ? Names{"member", "score"} : Names{};
  }

  // Appends to *out, which must outlive it.
  PairRows(const Look& look, Names names, std::string* out)
      : look_(look), names_(names), out_(*out) {}

  // Both in turn.
  void add(const command::Reply& item);
  // After the last one.
  void finish();

 private:
  void add_row(const command::Reply& key, const command::Reply& value);
  void show_table();
  void append_table_row(const std::string& key, const std::string& value);

  const Look& look_;
  const Names names_;
  std::string& out_;
  command::Reply key_;
  bool has_key_ = false;
  std::uint64_t rows_ = 0;
  // Of the table: its first rows, that say how wide the column of keys is.
  std::vector<std::pair<std::string, std::string>> first_;
  std::size_t first_size_ = 0;
  std::size_t width_ = 0;  // 0: not known yet
};

}  // namespace kvstore::repl
