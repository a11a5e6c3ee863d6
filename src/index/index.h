// What every part of the index does: it knows at which offset of the log the newest
// record of a key is. The memtable is one such part; sealed runs are to be others.
//
// A part knows keys by their hash only. Who looks a key up compares it in the log, so an
// index can never answer with another key's record.
//
// Thread rule: all from any thread that keeps the part alive (a Guard of the store's
// ReclamationEpochs does), beside one writer that publishes.
#pragma once

#include <cstdint>

#include "src/base/function_ref.h"
#include "src/index/entry.h"

namespace kvstore::index {

class Index {
 public:
  virtual ~Index() = default;

  // Calls matches(offset) for each candidate, until it returns true. Returns that
  // offset, or 0.
  virtual std::uint64_t find(std::uint64_t hash,
                             FunctionRef<bool(std::uint64_t offset)> matches) const = 0;
  // Every key's offset, in no order, until the visitor returns false.
  virtual void visit(FunctionRef<bool(std::uint64_t offset)> visitor) const = 0;
  virtual std::uint64_t keys() const = 0;
  virtual std::uint64_t bytes() const = 0;  // of memory

  // Only a part that is still written to: makes the key's newest record known. Its
  // room is to be reserved before, for a record that is in the log must get into the
  // index. `old_offset` is where find() found the key's last one, 0 for nowhere.
  virtual void publish(std::uint64_t hash, std::uint64_t old_offset, Entry entry) = 0;
};

}  // namespace kvstore::index
