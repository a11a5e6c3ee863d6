#include "src/store/waiters.h"

#include <utility>

#include "src/store/core.h"
#include "src/store/waiter.h"

namespace kvstore {
namespace {

// Of a write that another was told of.
constexpr std::uint64_t kUnknownSeq = 1;

}  // namespace

// --- Waiter

Waiter::Waiter(Store& store, What what, Wake wake)
    : core_(*store.core_), what_(std::move(what)), wake_(std::move(wake)) {
  core_.waiters().add(*this);
  core_.pass_writes();
}

Waiter::~Waiter() { core_.waiters().remove(*this); }

bool Waiter::needs_polling() const { return core_.writer_if_open() == nullptr; }

// --- Waiters

void Waiters::add(Waiter& waiter) {
  MutexLock lock(mutex_);
  if (waiter.what_.prefix) by_prefix_.push_back(&waiter);
  for (const std::string& key : waiter.what_.keys) by_key_[key].push_back(&waiter);
  count_.fetch_add(1, std::memory_order_relaxed);
}

void Waiters::remove(Waiter& waiter) {
  MutexLock lock(mutex_);
  by_prefix_.remove(&waiter);
  for (const std::string& key : waiter.what_.keys) remove(waiter, key);
  count_.fetch_sub(1, std::memory_order_relaxed);
}

// What the one who goes has left, or has not looked at, is the next one's.
void Waiters::remove(Waiter& waiter, const std::string& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;  // a key that was named twice
  InOrder& waiters = found->second;
  const bool was_first = first_in_turn(waiters) == &waiter;
  waiters.remove(&waiter);
  if (waiters.empty()) {
    by_key_.erase(found);
  } else if (Waiter* const next = was_first ? first_in_turn(waiters) : nullptr) {
    next->tell(kUnknownSeq);
  }
}

Waiter* Waiters::first_in_turn(const InOrder& waiters) {
  for (Waiter* const waiter : waiters) {
    if (waiter->what_.in_turn) return waiter;
  }
  return nullptr;
}

void Waiters::tell(const InOrder& waiters, std::uint64_t seq) {
  bool told_one = false;
  for (Waiter* const waiter : waiters) {
    if (waiter->what_.in_turn && std::exchange(told_one, true)) continue;
    waiter->tell(seq);
  }
}

void Waiters::note(std::string_view key, std::uint64_t seq) {
  MutexLock lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) tell(found->second, seq);
  for (Waiter* const waiter : by_prefix_) {
    if (key.starts_with(*waiter->what_.prefix)) waiter->tell(seq);
  }
}

void Waiters::note_all(std::uint64_t seq) {
  MutexLock lock(mutex_);
  for (const auto& [key, waiters] : by_key_) tell(waiters, seq);
  for (Waiter* const waiter : by_prefix_) waiter->tell(seq);
}

}  // namespace kvstore
