// Formats keys and values, or members and scores, as rows in every mode: CSV rows, JSON objects,
// two words with a tab between them, or a table of two columns for people. Used for held replies
// and for streams.
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
  // The names of the two columns.
  struct Names {
    std::string_view first = "key";
    std::string_view second = "value";
  };
  // For kPairs or kScores.
  static Names names_of(Shape shape) {
    return shape == Shape::kScores ? Names{"member", "score"} : Names{};
  }

  // Appends to *out, which must outlive this.
  PairRows(const Look& look, Names names, std::string* out)
      : look_(look), names_(names), out_(*out) {}

  // Call it for both items of each pair in turn.
  void add(const command::Reply& item);
  // Call it after the last pair.
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
  // The first rows of a table, which determine the width of the first column.
  std::vector<std::pair<std::string, std::string>> first_;
  std::size_t first_size_ = 0;
  std::size_t width_ = 0;  // 0: not determined yet
};

}  // namespace kvstore::repl
