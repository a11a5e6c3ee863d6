// The calls of a store that do not wait: threads of the pool carry them out in the order in which
// they
// were made, and they are answered in that order.
//
// A hop to another thread and back costs more than most calls. So one hop takes all calls that are
// queued when a thread is ready; the writes among them take the store's lock once, and are made
// durable
// together.
//
// A get that finds a small value in memory takes less than a hundredth of a hop. So it is answered
// on
// the environment's thread if no earlier call is waiting (AtOnce).
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

// A call, and later its answer.
struct Op {
  enum class Kind : std::uint8_t { kGet, kRead, kSet, kAppend, kRemove, kJob };
  Kind kind = Kind::kGet;
  As as = As::kBuffer;
  bool syncs = false;
  std::size_t key_size = 0, value_size = 0;  // in the chunk, one after the other from `begin` on
  std::size_t begin = 0;
  At at = {};
  WriteOptions write = {};
  std::int64_t offset = 0;
  std::uint64_t length = 0;
  std::shared_ptr<Source> source = {};
  std::unique_ptr<Job> job = {};

  // The form of the answer for JavaScript (lib/lane.js).
  enum class Answer : std::uint8_t {
    kNumber = 0,
    kMissing = 1,
    kBoolean = 2,
    kError = 3,
    kSlab = 4,
    kItem = 5
  };
  Answer answer = Answer::kNumber;
  bool is_acknowledged = false;                   // to be answered after the commit
  double number = 0;                              // kNumber, kBoolean
  std::size_t answer_begin = 0, answer_size = 0;  // in the chunk, for kSlab, and for kItem without
                                                  // a job
  std::size_t index = 0;  // of a large answer or an error, from 1 on; 0: none
};

// The calls of one hop.
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

// Decides which gets are answered at once. JavaScript's other events must not wait too long for
// them:
// after several in a row the next get takes a hop, and after one that took long, because it read
// from
// the disk, all gets do for a while.
class AtOnce {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::uint64_t kMostBytes = 16 << 10;  // bytes of a value

  // Whether a get that is made now may be answered at once.
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
  // The buffer for the next push()'s bytes. Until that push() no other call may be pushed.
  Bytes& begin_op() {
    next_.clear();
    return next_;
  }
  void push(Op op);
  void push(std::shared_ptr<Source> source, std::unique_ptr<Job> job);
  // Whether no call is waiting for its answer.
  bool is_quiet() const { return !is_running_; }
  AtOnce& at_once() { return at_once_; }
  // Carries out the queued calls on this thread, after those that a thread of the pool is running.
  // They
  // are answered as usual.
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
  AtOnce at_once_;                               // used by the environment's thread only
  bool is_running_ = false;                      // used by the environment's thread only
  std::vector<std::unique_ptr<Chunk>> drained_;  // used by the environment's thread only
  Mutex order_;                                  // held by the thread that carries out calls;
                                                 // locked before mutex_
  Mutex mutex_;
  std::unique_ptr<Chunk> queued_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::node
