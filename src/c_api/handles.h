// Handles of the C interface: numbers of objects instead of addresses.
//
// A handle has the kind of the object, the slot in a table, and the number of earlier handles in
// the slot. Slots are never freed, so any number can be looked up: a handle that was closed, never
// existed, or has another kind is an error, and never a crash.
//
// A call pins the handles it uses. Closing first removes the name, then waits until the object is
// not pinned, and then destroys it. A pin is two atomic additions to a counter of its slot; stores
// and snapshots, which many threads use at once, have several counters, so that threads need not
// share a cache line.
//
// Thread rule: any thread. After fork() all handles are invalid in the child.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <kvstore/kvstore.h>

namespace kvstore::c_api {

enum class Kind : std::uint8_t {
  kStore = 1,
  kSnapshot,
  kIterator,
  kTransaction,
  kBatch,
  kFollower
};

// An object with a handle.
class Object {
 public:
  virtual ~Object() = default;
};

struct alignas(64) Counter {
  std::atomic<std::uint32_t> pins{0};
};

struct alignas(64) Slot {
  static constexpr std::size_t kShared = 8;  // counters of an object used by many threads
  std::atomic<std::uint64_t> handle{0};      // of the object; 0: the slot is free
  std::atomic<std::uint64_t> uses{0};        // number of handles so far
  std::atomic<Object*> object{nullptr};
  std::atomic<Counter*> shared{nullptr};  // kShared counters, allocated when the slot first needs
                                          // them
  std::uint32_t next_free = 0;            // guarded by the table's mutex
  Counter own;
};

// Keeps the object alive.
class HandlePin {
 public:
  HandlePin() = default;
  // If it fails error() says why.
  HandlePin(const void* handle, Kind kind) noexcept;
  ~HandlePin();
  HandlePin(const HandlePin&) = delete;
  HandlePin& operator=(const HandlePin&) = delete;

  explicit operator bool() const { return object_ != nullptr; }
  template <class T>
  T& as() const {
    return static_cast<T&>(*object_);
  }

 private:
  Counter* counter_ = nullptr;
  Object* object_ = nullptr;
};

// Sets this thread's error for a handle that cannot be used as that kind.
kvs_code wrong_handle(const void* handle, Kind kind) noexcept;

// Creates a handle for the object. KVS_LIMIT: there are too many (nullptr; the error is set).
void* new_handle(std::unique_ptr<Object> object, Kind kind);

// Removes the name of an object. Then `before_wait` may end other calls; waits until it is not
// pinned, and passes it to the caller. Null: wrong_handle() has set the error.
class Closing {
 public:
  Closing(const void* handle, Kind kind) noexcept;
  ~Closing();
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;
  explicit operator bool() const { return slot_ != nullptr; }
  Object& object() const { return *object_; }
  void wait_for_pins() noexcept;

 private:
  Slot* slot_ = nullptr;
  std::uint64_t handle_ = 0;
  std::unique_ptr<Object> object_;
};

// This thread runs a callback of the program: meanwhile its calls are refused.
class CallbackScope {
 public:
  CallbackScope() noexcept;
  ~CallbackScope();
  CallbackScope(const CallbackScope&) = delete;
  CallbackScope& operator=(const CallbackScope&) = delete;
};

}  // namespace kvstore::c_api
