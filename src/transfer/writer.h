// Encodes changes in a format. reader.h can read what is written, whatever bytes keys and values
// have.
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
  // Writes what stands before the first change.
  virtual void begin(std::string* /*out*/) {}
  // Writes a change of the kinds that exports have; one with a seq is in a history. Returns the
  // number
  // of commands written, for a format of commands.
  virtual std::size_t write(const Change& change, std::string* out) = 0;
};

// `history`: writes seq, time and kind of each change.
std::unique_ptr<Writer> make_writer(Format format, bool history);

}  // namespace kvstore::transfer
