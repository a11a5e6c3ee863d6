#include "src/c_api/handles.h"

#include <chrono>
#include <thread>
#include <utility>

#include <pthread.h>

#include "src/base/mutex.h"
#include "src/c_api/errors.h"

namespace kvstore::c_api {
namespace {

// A handle: 1 bit that no address of a program has, 4 bits for the kind, 35 for the number of
// earlier handles of the slot, 24 for the slot.
constexpr unsigned kSlotBits = 24, kUseBits = 35;
constexpr std::uint64_t kMark = std::uint64_t{1} << 63;
constexpr std::uint64_t kMostSlots = std::uint64_t{1} << kSlotBits;
constexpr std::uint64_t kUseMask = (std::uint64_t{1} << kUseBits) - 1;
constexpr std::size_t kChunk = 1024;  // slots allocated together

std::uint64_t handle_of(Kind kind, std::uint64_t uses, std::uint64_t slot) {
  return kMark | static_cast<std::uint64_t>(kind) << (kSlotBits + kUseBits) |
         (uses & kUseMask) << kSlotBits | slot;
}
std::uint64_t number_of(const void* handle) { return reinterpret_cast<std::uint64_t>(handle); }
Kind kind_of(std::uint64_t handle) {
  return static_cast<Kind>((handle >> (kSlotBits + kUseBits)) & 15);
}

// Slot 0 is not used.
class Table {
 public:
  // Null: the slot was never used.
  Slot* find(std::uint64_t handle) const {
    const std::uint64_t number = handle & (kMostSlots - 1);
    const Slot* const chunk = chunks_[number / kChunk].load(std::memory_order_acquire);
    if (chunk == nullptr || (handle & kMark) == 0) return nullptr;
    return const_cast<Slot*>(chunk) + number % kChunk;
  }

  Result<std::uint32_t> take() KV_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (free_ != 0) {
      const std::uint32_t number = free_;
      free_ = find(kMark | number)->next_free;
      return number;
    }
    if (made_ == kMostSlots) return fail(Code::kLimit, "too many open handles", "close some");
    if (made_ % kChunk == 0 || made_ == 1) make_chunk(made_ / kChunk);
    return made_++;
  }

  void give_back(Slot* slot, std::uint64_t handle) KV_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    slot->next_free = free_;
    free_ = static_cast<std::uint32_t>(handle & (kMostSlots - 1));
  }

  // --- fork(): the child lacks the threads of stores, and must not write.
  void lock() KV_NO_THREAD_SAFETY_ANALYSIS { mutex_.lock(); }
  void unlock() KV_NO_THREAD_SAFETY_ANALYSIS { mutex_.unlock(); }
  void forget_all() {
    for (auto& chunk : chunks_) {
      Slot* const slots = chunk.load(std::memory_order_relaxed);
      if (slots == nullptr) break;
      for (std::size_t i = 0; i < kChunk; ++i) slots[i].handle.store(0);
    }
  }

 private:
  void make_chunk(std::size_t at) KV_REQUIRES(mutex_) {
    if (chunks_[at].load(std::memory_order_relaxed) != nullptr) return;
    chunks_[at].store(new Slot[kChunk], std::memory_order_release);
  }

  std::array<std::atomic<Slot*>, kMostSlots / kChunk> chunks_{};
  Mutex mutex_;
  std::uint32_t free_ KV_GUARDED_BY(mutex_) = 0;
  std::uint32_t made_ KV_GUARDED_BY(mutex_) = 1;
};

// Never destroyed: other threads may call while the program ends.
Table& table() {
  static Table* const all = [] {
    auto* const made = new Table;
    ::pthread_atfork([] { table().lock(); }, [] { table().unlock(); },
                     [] {
                       table().forget_all();
                       table().unlock();
                     });
    return made;
  }();
  return *all;
}

std::atomic<unsigned> threads_seen{0};

struct ThisThread {
  unsigned number = 0;  // from 1 on; 0: not assigned yet
  unsigned callbacks = 0;
};
constinit thread_local ThisThread this_thread;

Counter& counter_of(Slot& slot) {
  Counter* const shared = slot.shared.load(std::memory_order_acquire);
  if (shared == nullptr) return slot.own;
  unsigned& number = this_thread.number;
  if (number == 0) number = threads_seen.fetch_add(1, std::memory_order_relaxed) + 1;
  return shared[number % Slot::kShared];
}

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::kStore:
      return "store";
    case Kind::kSnapshot:
      return "snapshot";
    case Kind::kIterator:
      return "iterator";
    case Kind::kTransaction:
      return "transaction";
    case Kind::kBatch:
      return "batch";
    case Kind::kFollower:
      return "follower";
  }
  return "handle";
}

std::uint64_t pins_of(const Slot& slot) {
  std::uint64_t pins = slot.own.pins.load();
  if (const Counter* const shared = slot.shared.load()) {
    for (std::size_t i = 0; i < Slot::kShared; ++i) pins += shared[i].pins.load();
  }
  return pins;
}

}  // namespace

// --- HandlePin

// A pin counts before it reads the name, and closing removes the name before it counts pins: so
// either the closing thread sees the pin, or the pin does not see the name. Both must be
// sequentially consistent.
HandlePin::HandlePin(const void* handle, Kind kind) noexcept {
  const std::uint64_t number = number_of(handle);
  if (handle == nullptr || kind_of(number) != kind || this_thread.callbacks != 0) return;
  Slot* const slot = table().find(number);
  if (slot == nullptr) return;
  Counter& counter = counter_of(*slot);
  counter.pins.fetch_add(1);
  if (slot->handle.load() != number) {
    counter.pins.fetch_sub(1);
    return;
  }
  counter_ = &counter;
  object_ = slot->object.load(std::memory_order_relaxed);
}

HandlePin::~HandlePin() {
  if (counter_ != nullptr) counter_->pins.fetch_sub(1, std::memory_order_release);
}

kvs_code wrong_handle(const void* handle, Kind kind) noexcept {
  return guarded([&] {
    const std::string wanted(name_of(kind));
    if (this_thread.callbacks != 0) {
      return report({Code::kState, "a callback called kvstore", "let the callback return first"});
    }
    if (handle == nullptr) return report({Code::kUsage, "the " + wanted + " is NULL", ""});
    const std::uint64_t number = number_of(handle);
    const Slot* const slot = table().find(number);
    const std::uint64_t use = (number >> kSlotBits) & kUseMask;
    if (slot == nullptr || use > slot->uses.load()) {
      return report({Code::kUsage, "this is not a handle of a " + wanted, ""});
    }
    if (kind_of(number) != kind) {
      const std::string given(name_of(kind_of(number)));
      return report(
          {Code::kUsage,
           "the handle of a " + given + " was given where that of a " + wanted + " is asked for",
           ""});
    }
    return report({Code::kUsage,
                   "the " + wanted +
                       " was closed before, or the process is a child "
                       "of the one that opened it",
                   "reopen it"});
  });
}

// --- Opening and closing.

void* new_handle(std::unique_ptr<Object> object, Kind kind) {
  const auto taken = table().take();
  if (!taken) {
    report(taken.error());
    return nullptr;
  }
  const std::uint32_t number = *taken;
  Slot& slot = *table().find(kMark | number);
  const bool is_shared = kind == Kind::kStore || kind == Kind::kSnapshot;
  if (is_shared && slot.shared.load() == nullptr) slot.shared.store(new Counter[Slot::kShared]);
  const std::uint64_t handle = handle_of(kind, slot.uses.fetch_add(1) + 1, number);
  slot.object.store(object.release(), std::memory_order_relaxed);
  slot.handle.store(handle);
  return reinterpret_cast<void*>(handle);
}

Closing::Closing(const void* handle, Kind kind) noexcept {
  std::uint64_t number = number_of(handle);
  if (handle == nullptr || kind_of(number) != kind || this_thread.callbacks != 0) return;
  Slot* const slot = table().find(number);
  if (slot == nullptr || !slot->handle.compare_exchange_strong(number, 0)) return;
  slot_ = slot;
  handle_ = number;
  object_.reset(slot->object.load(std::memory_order_relaxed));
}

// Most handles are not in use when they are closed. Otherwise a call is waited for that may take
// long, so half a millisecond more does not matter.
void Closing::wait_for_pins() noexcept {
  for (int looks = 0; pins_of(*slot_) != 0; ++looks) {
    if (looks < 100) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
  }
}

Closing::~Closing() {
  if (slot_ == nullptr) return;
  wait_for_pins();
  object_.reset();
  table().give_back(slot_, handle_);
}

CallbackScope::CallbackScope() noexcept { ++this_thread.callbacks; }
CallbackScope::~CallbackScope() { --this_thread.callbacks; }

}  // namespace kvstore::c_api
