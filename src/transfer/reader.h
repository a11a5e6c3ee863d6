// Bytes of a format as changes.
//
// Pure: bytes in, changes or an error out. After an error there is nothing more: what comes
// behind a line that cannot be read could be anything. Memory follows the bytes that arrived,
// up to one value of the product's limit; longer lines are refused.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "src/base/status.h"
#include "src/transfer/change.h"
#include "src/transfer/format.h"

namespace kvstore::transfer {

// Commands of Redis that were passed over: how many of each. Few names are kept.
using Skipped = std::map<std::string, std::uint64_t, std::less<>>;
inline constexpr std::string_view kOtherDatabases = "commands of other databases";

// A value of the product's limit as base64, with its key and all else that is on the line.
inline constexpr std::size_t kMaxLine = std::size_t{768} << 20;

struct ReaderOptions {
  std::uint64_t now_ms = 0;         // what relative expiries (EX 60) count from
  std::uint64_t database = 0;       // of Redis' numbered ones, the one whose commands are read
  std::size_t max_line = kMaxLine;  // of jsonl and csv
};

class Reader {
 public:
  enum class Event : std::uint8_t {
    kNeedInput,  // feed() more, or finish()
    kChange,     // change()
    kError,      // error(), now and ever after
    kEnd,        // after finish(): nothing is left
  };
  virtual ~Reader() = default;

  // Appends input. Invalidates change().
  virtual void feed(std::string_view bytes) = 0;
  virtual void finish() = 0;
  // change() and error() are valid until the next feed() or next().
  virtual Event next() = 0;
  virtual const Change& change() const = 0;
  virtual const Error& error() const = 0;

  // Where in an input of this name the last event was: "dump.csv:12", or
  // "appendonly.aof: command 12".
  virtual std::string place(std::string_view name) const = 0;
  virtual const Skipped& skipped() const {
    static const Skipped none;
    return none;
  }
};

std::unique_ptr<Reader> make_reader(Format format, const ReaderOptions& options);

}  // namespace kvstore::transfer
