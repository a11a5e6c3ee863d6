// Reads through an ordered library's cursor. An append is a row there: its key is the
// value's key and the offset at which the append ends, so that one seek finds the row that
// holds an offset.
//
// A Cursor has seek(key): to the first key not below it; valid(); key(); value(); next().
// begin() and end() surround each read, for libraries with read transactions.
#pragma once

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>

#include "bench/peers/data.h"
#include "bench/peers/peer.h"

namespace peers {

template <class Cursor>
class CursorReader : public Reader {
 public:
  template <class... Arguments>
  explicit CursorReader(Arguments&&... arguments) : cursor_(arguments...) {}

  void read(std::string_view key, std::uint64_t offset, std::uint64_t length,
            std::string* part) override {
    part->clear();
    cursor_.begin();
    for (cursor_.seek(row_key(key, offset + 1)); length > 0 && is_row_of(key); cursor_.next()) {
      std::string_view piece = cursor_.value();
      piece.remove_prefix(offset - (row_number(cursor_.key()) - piece.size()));
      piece = piece.substr(0, length);
      part->append(piece);
      offset += piece.size();
      length -= piece.size();
    }
    cursor_.end();
  }

  void whole(std::string_view key, std::string* value) override {
    read(key, 0, std::numeric_limits<std::uint64_t>::max(), value);
  }

  std::uint64_t range(std::string_view after, std::uint64_t limit, const Visit& visit) override {
    std::uint64_t count = 0;
    cursor_.begin();
    cursor_.seek(after);
    if (cursor_.valid() && cursor_.key() == after) cursor_.next();
    for (; count < limit && cursor_.valid(); cursor_.next(), ++count) {
      visit(cursor_.key(), cursor_.value());
    }
    cursor_.end();
    return count;
  }

 protected:
  Cursor cursor_;

 private:
  bool is_row_of(std::string_view key) const {
    return cursor_.valid() && cursor_.key().substr(0, kKeySize) == key;
  }
};

}  // namespace peers
