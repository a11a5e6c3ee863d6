// Changes as bytes of a format. What is written can be read back (reader.h), whatever bytes
// keys and values are.
//
// Pure; not thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "src/transfer/change.h"
#include "src/transfer/format.h"

namespace kvstore::transfer {

class Writer {
 public:
  virtual ~Writer() = default;
  // What stands before the first change.
  virtual void begin(std::string* /*out*/) {}
  // Of the kinds that exports have. One with a seq is of a history. Returns how many commands it
  // has written, of a format that has them.
  virtual std::size_t write(const Change& change, std::string* out) = 0;
};

// `history`: with seq, time and kind of each change.
std::unique_ptr<Writer> make_writer(Format format, bool history);

}  // namespace kvstore::transfer
