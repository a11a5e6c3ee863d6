// One client's way to a store: in this process, or over a connection. Each answer is compared
// with what it has to be.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "src/base/status.h"
#include "src/bench/payload.h"
#include "src/bench/workload.h"

namespace kvstore::bench {

struct Operation {
  Action action = Action::kRead;  // not kReadUpdate, which is two of these
  std::uint64_t key = 0;
  std::uint64_t offset = 0;  // kReadRange
  std::uint64_t count = 0;   // kReadRange: bytes; kScan: keys
  std::uint64_t least = 0;   // of what `count` counts, what is surely there
};

struct Answer {
  std::uint64_t bytes = 0;            // of values, written or read
  std::optional<Error> failure = {};  // the store's, or kCorrupt: it is not what was written
};

// Thread rule: one thread.
class Session {
 public:
  virtual ~Session() = default;
  // May do it at once, or only note it until receive(). Operations are done in their order.
  virtual void send(const Operation& operation) = 0;
  // The answer to the first that was sent and not yet answered. An error is the connection's:
  // there will be no more answers.
  virtual Result<Answer> receive() = 0;
  // Ends a receive() that waits, and all later ones. From any thread.
  virtual void interrupt() {}
};

// What is measured. Thread rule: any threads, but prepare(), settle() and clean() alone.
class Target {
 public:
  virtual ~Target() = default;
  // Makes a place without keys, and forgets the one before.
  virtual Status prepare(std::size_t size) = 0;
  virtual const Payload& payload() const = 0;
  // `durable`: writes are answered as the policy of the target says; else soon, and settle()
  // puts them on the disk.
  virtual Result<std::unique_ptr<Session>> session(bool durable) = 0;
  virtual Status settle() = 0;
  // Takes away the keys from 0 to `keys` - 1, if they would stay.
  virtual Status clean(std::uint64_t keys) = 0;
  // For the report: "in this process, --sync always".
  virtual std::string description() const = 0;
};

// --- What answers have to be.

std::optional<Error> check_value(const Payload& payload, const Operation& operation, bool found,
                                 std::string_view value);

// Goes over a scan's keys and values as they come.
class ScanCheck {
 public:
  ScanCheck(const Payload& payload, const Operation& operation)
      : payload_(payload), operation_(operation) {}
  void take(std::string_view key, std::string_view value);
  std::uint64_t bytes() const { return bytes_; }
  std::optional<Error> finish();

 private:
  const Payload& payload_;
  const Operation& operation_;
  std::uint64_t keys_ = 0, bytes_ = 0;
  std::optional<std::uint64_t> last_;
  std::optional<Error> failure_;
};

}  // namespace kvstore::bench
