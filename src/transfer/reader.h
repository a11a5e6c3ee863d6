// Decodes the bytes of a format into changes.
//
// Pure: bytes in, changes or an error out. Nothing follows an error, because the bytes after a line
// that cannot be read could be anything. Memory grows with the bytes that arrived, up to one value
// of the maximum size; longer lines are refused.
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

// Redis' commands that were skipped, with their counts. Only a limited number of names is kept.
using Skipped = std::map<std::string, std::uint64_t, std::less<>>;
inline constexpr std::string_view kOtherDatabases = "commands of other databases";

// The longest line: a value of the maximum size as base64, with its key and the other fields.
inline constexpr std::size_t kMaxLine = std::size_t{768} << 20;

struct ReaderOptions {
  std::uint64_t now_ms = 0;         // the time that relative expiries (EX 60) count from
  std::uint64_t database = 0;       // the number of the Redis database whose commands are read
  std::size_t max_line = kMaxLine;  // for jsonl and csv
};

class Reader {
 public:
  enum class Event : std::uint8_t {
    kNeedInput,  // feed() more, or finish()
    kChange,     // call change()
    kError,      // call error(); every later event is the same
    kEnd,        // after finish(): nothing is left to read
  };
  virtual ~Reader() = default;

  // Appends input. Invalidates change().
  virtual void feed(std::string_view bytes) = 0;
  virtual void finish() = 0;
  // change() and error() are valid until the next feed() or next().
  virtual Event next() = 0;
  virtual const Change& change() const = 0;
  virtual const Error& error() const = 0;

  // The place of the last event in an input of this name: "dump.csv:12" or
  // "appendonly.aof: command 12".
  virtual std::string place(std::string_view name) const = 0;
  virtual const Skipped& skipped() const {
    static const Skipped none;
    return none;
  }
};

std::unique_ptr<Reader> make_reader(Format format, const ReaderOptions& options);

}  // namespace kvstore::transfer
