// A client's access to a store, in this process or over a connection. Each answer is compared with
// the
// expected one.
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
  Action action = Action::kRead;  // not kReadUpdate, which is two operations
  std::uint64_t key = 0;
  std::uint64_t offset = 0;  // for kReadRange
  std::uint64_t count = 0;   // kReadRange: the number of bytes; kScan: of keys
  std::uint64_t least = 0;   // the part of `count` that certainly exists
};

struct Answer {
  std::uint64_t bytes = 0;            // bytes of values, written or read
  std::optional<Error> failure = {};  // the store's error, or kCorrupt if the answer is not what
                                      // was written
};

// Thread rule: one thread.
class Session {
 public:
  virtual ~Session() = default;
  // Performs the operation, or only notes it until receive(). Operations are done in their order.
  virtual void send(const Operation& operation) = 0;
  // Returns the answer to the oldest operation that is not yet answered. An error is that of the
  // connection: no more answers will follow.
  virtual Result<Answer> receive() = 0;
  // Ends a receive() that waits, and all later ones. May be called from any thread.
  virtual void interrupt() {}
};

// The store that is measured. Thread rule: any threads; prepare(), settle() and clean() must not
// run
// beside any other call.
class Target {
 public:
  virtual ~Target() = default;
  // Makes an empty store or key prefix, and forgets the previous one.
  virtual Status prepare(std::size_t size) = 0;
  virtual const Payload& payload() const = 0;
  // `durable`: writes are answered when the target's sync policy says; otherwise at once, and
  // settle()
  // puts them on the disk.
  virtual Result<std::unique_ptr<Session>> session(bool durable) = 0;
  virtual Status settle() = 0;
  // Removes the keys from 0 to `keys` - 1, unless the target is temporary.
  virtual Status clean(std::uint64_t keys) = 0;
  // For the report: "in this process, --sync always".
  virtual std::string description() const = 0;
};

// --- Checks of answers.

std::optional<Error> check_value(const Payload& payload, const Operation& operation, bool found,
                                 std::string_view value);

// Checks a scan's keys and values as they arrive.
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
