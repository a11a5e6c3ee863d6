// The calls of a store that do not wait: carried out by threads of the pool, in the order in which
// they were made, and answered in that order.
//
// A hop to another thread and back costs more than most calls. So whatever was queued when a thread
// takes over goes with one hop; the writes among it take the store's lock once, and are made
// durable together.
//
// A get that finds a small value in memory takes less than a hundredth of a hop: so it is answered
// on the environment's thread, if nothing waits that was called before it (AtOnce).
//
// Thread rule: push() and at_once() on the environment's thread.
#pragma once

#include <node_api.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bindings/node/src/bytes.h"
#include "bindings/node/src/job.h"
#include "bindings/node/src/source.h"
#include "src/base/mutex.h"

namespace kvstore::node {

class Instance;

// A call, and then its answer.
struct Op {
  enum class Kind : std::uint8_t { kGet, kRead, kSet, kAppend, kRemove, kJob };
  Kind kind = Kind::kGet;
  As as = As::kBuffer;
  bool syncs = false;
  std::size_t key_size = 0, value_size = 0;  // in the chunk, one behind the other from `begin` on
  std::size_t begin = 0;
  At at = {};
  WriteOptions write = {};
  std::int64_t offset = 0;
  std::uint64_t length = 0;
  std::shared_ptr<Source> source = {};
  std::unique_ptr<Job> job = {};

  // How JavaScript is told of it (lib/lane.js).
  enum class Answer : std::uint8_t {
    kNumber = 0,
    kMissing = 1,
    kBoolean = 2,
    kError = 3,
    kSlab = 4,
    kItem = 5
  };
  Answer answer = Answer::kNumber;
  bool is_acknowledged = false;                   // after the commit
  double number = 0;                              // kNumber, kBoolean
  std::size_t answer_begin = 0, answer_size = 0;  // kSlab, and kItem without a job, in the chunk
  std::size_t index = 0;  // of a large answer or an error, from 1 on; 0: it has none
};

// Calls that go together.
struct Chunk {
  Bytes bytes;  // keys and values
  std::vector<Op> ops;
  Bytes answers;
  std::vector<std::string> large;
  std::vector<Error> errors;

  std::string_view key(const Op& op) const { return bytes.view(op.begin, op.key_size); }
  std::string_view value(const Op& op) const {
    return bytes.view(op.begin + op.key_size, op.value_size);
  }
};

// Which gets are answered at once. JavaScript's other events are not to wait for them: so after
// some in a row the next one takes a hop; and after one that took long, as it had to wait for the
// disk, all do for a while.
class AtOnce {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::uint64_t kMostBytes = 16 << 10;  // of a value

  // Of one that is made now.
  bool may(Clock::time_point now) const { return left_ > 0 && now >= not_before_; }
  void took(Clock::time_point begin, Clock::time_point end) {
    --left_;
    if (end - begin > kLong) not_before_ = end + kPause;
  }
  void events_had_their_turn() { left_ = kMostInARow; }

 private:
  static constexpr unsigned kMostInARow = 64;
  static constexpr Clock::duration kLong = std::chrono::microseconds(250),
                                   kPause = std::chrono::milliseconds(50);
  unsigned left_ = kMostInARow;
  Clock::time_point not_before_ = Clock::time_point::min();
};

class Lane : public std::enable_shared_from_this<Lane> {
 public:
  Lane(Instance& instance, std::uint64_t id) : instance_(instance), id_(id) {}

  std::uint64_t id() const { return id_; }
  // The bytes of the next push() go here. Until it, nothing else may be pushed.
  Bytes& begin_op() {
    next_.clear();
    return next_;
  }
  void push(Op op);
  void push(std::shared_ptr<Source> source, std::unique_ptr<Job> job);
  // No call waits for its answer.
  bool is_quiet() const { return !is_running_; }
  AtOnce& at_once() { return at_once_; }
  // Carries out on this thread what is queued, after what a thread of the pool is at. The answers
  // come as ever.
  void drain() KV_EXCLUDES(order_, mutex_);

 private:
  struct Run;
  static void execute(napi_env, void* data);
  static void complete(napi_env env, napi_status, void* data);
  void start();
  std::unique_ptr<Chunk> take() KV_EXCLUDES(mutex_);
  void deliver(Chunk& chunk);

  Instance& instance_;
  const std::uint64_t id_;
  Bytes next_;
  AtOnce at_once_;                               // the environment's thread's
  bool is_running_ = false;                      // the environment's thread's
  std::vector<std::unique_ptr<Chunk>> drained_;  // the environment's thread's
  Mutex order_;                                  // of whoever carries calls out; before mutex_
  Mutex mutex_;
  std::unique_ptr<Chunk> queued_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::node
