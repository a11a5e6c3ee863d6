// Handles of the C interface: names of objects, and not their addresses.
//
// A handle is a number: what kind of object it names, the slot of a table where that is found, and
// how many handles the slot had before. Slots are never freed, so any number at all can be looked
// up: one that was closed, never was, or names something else is an error, and no crash.
//
// A call pins what it uses. Whoever closes a handle first makes it a name of nothing, then waits
// until nobody has it pinned, and only then does away with the object. A pin is two atomic
// additions to a counter of its slot; a store and a snapshot, which many threads use at once, have
// several counters, so that these threads need not share a cache line.
//
// Thread rule: any thread. After fork() the child's handles all name nothing.
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

// What a handle names.
class Object {
 public:
  virtual ~Object() = default;
};

struct alignas(64) Counter {
  std::atomic<std::uint32_t> pins{0};
};

struct alignas(64) Slot {
  static constexpr std::size_t kShared = 8;  // counters of what many threads use
  std::atomic<std::uint64_t> handle{0};      // that names the object; 0: none does
  std::atomic<std::uint64_t> uses{0};        // handles so far
  std::atomic<Object*> object{nullptr};
  std::atomic<Counter*> shared{nullptr};  // kShared of them, once the slot had need of them
  std::uint32_t next_free = 0;            // guarded by the table's mutex
  Counter own;
};

// While it lives the object stays.
class HandlePin {
 public:
  HandlePin() = default;
  // error() says why it failed, if it did.
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

// Why a handle of that kind cannot be used: sets this thread's error.
kvs_code wrong_handle(const void* handle, Kind kind) noexcept;

// The handle that names it from now on. KVS_LIMIT: there are too many (nullptr; the error is set).
void* new_handle(std::unique_ptr<Object> object, Kind kind);

// Takes the name from an object. Then `before_wait` may end what others do with it; waits until
// nobody has it pinned, and gives it to the caller. Null: wrong_handle() says why.
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

// This thread runs a callback of the program: its calls are refused meanwhile.
class CallbackScope {
 public:
  CallbackScope() noexcept;
  ~CallbackScope();
  CallbackScope(const CallbackScope&) = delete;
  CallbackScope& operator=(const CallbackScope&) = delete;
};

}  // namespace kvstore::c_api
