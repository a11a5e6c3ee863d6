#include "src/store/waiters.h"

#include <thread>
#include <utility>

#include "src/store/core.h"
#include "src/store/waiter.h"

namespace kvstore {
// --- Waiter

struct Waiter::Listed {
  std::vector<Waiters::InOrder::iterator> places;  // of its keys
  // Each written key is listed once, so that the list needs no more memory.
  std::vector<std::uint32_t> written;
  std::vector<bool> is_written;
};

Waiter::Waiter(Store& store, What what, Wake wake)
    : core_(*store.core_),
      what_(std::move(what)),
      wake_(std::move(wake)),
      listed_(std::make_unique<Listed>()) {
  listed_->places.reserve(what_.keys.size());
  listed_->written.reserve(what_.keys.size());
  listed_->is_written.resize(what_.keys.size());
  core_.waiters().add(*this);
  core_.pass_writes();
}

Waiter::~Waiter() { core_.waiters().remove(*this); }

std::vector<std::uint32_t> Waiter::take_written_keys() {
  return core_.waiters().take_written_keys(*this);
}

// A file that does not exist yet will be made by this store, unless another process has made it.
bool Waiter::needs_polling() const {
  if (core_.writer_if_open() != nullptr) return false;
  const Options& options = core_.options();
  return options.read_only || options.lock_at_first_write || core_.pin();
}

// --- Waiters

Waiters::InOrder& Waiters::OfKey::of(const Waiter& waiter) {
  return waiter.what_.in_turn ? in_turn : others;
}

// The key is noted before the news: a woken thread takes both.
void Waiters::Place::tell(std::uint64_t seq) const {
  if (!waiter->listed_->is_written[key]) {
    waiter->listed_->is_written[key] = true;
    waiter->listed_->written.push_back(key);
  }
  waiter->tell(seq);
}

void Waiters::OfKey::tell(std::uint64_t seq) const {
  if (!in_turn.empty()) in_turn.front().tell(seq);
  for (const Place& place : others) place.tell(seq);
}

void Waiters::add(Waiter& waiter) {
  const std::vector<std::string>& keys = waiter.what_.keys;
  count_.fetch_add(1, std::memory_order_relaxed);
  try {
    MutexLock lock(mutex_);
    if (waiter.what_.prefix) by_prefix_.push_back(&waiter);
    for (const std::string& key : keys) {
      add_key(waiter, key);
      if (waiter.listed_->places.size() % kKeysAtOnce == 0) let_others_write();
    }
  } catch (...) {
    remove(waiter);
    throw;
  }
}

void Waiters::let_others_write() {
  MutexUnlock unlocked(mutex_);
  std::this_thread::yield();
}

void Waiters::add_key(Waiter& waiter, const std::string& key) {
  InOrder& waiters = by_key_[key].of(waiter);
  const auto number = static_cast<std::uint32_t>(waiter.listed_->places.size());
  waiter.listed_->places.push_back(waiters.insert(waiters.end(), {&waiter, number}));
}

void Waiters::remove(Waiter& waiter) {
  MutexLock lock(mutex_);
  by_prefix_.remove(&waiter);
  // In the order of its keys, which is the order in which the next waiter is notified and takes
  // them.
  std::vector<InOrder::iterator>& places = waiter.listed_->places;
  for (std::size_t i = 0; i < places.size(); ++i) {
    remove_key(waiter.what_.keys[i], waiter, places[i]);
    if ((i + 1) % kKeysAtOnce == 0) let_others_write();
  }
  places.clear();
  count_.fetch_sub(1, std::memory_order_relaxed);
}

// What the leaving waiter has not taken is passed to the next one.
void Waiters::remove_key(const std::string& key, Waiter& waiter, InOrder::iterator place) {
  const auto found = by_key_.find(key);
  OfKey& waiters = found->second;
  const bool was_first = waiter.what_.in_turn && place == waiters.in_turn.begin();
  waiters.of(waiter).erase(place);
  if (waiters.is_empty()) {
    by_key_.erase(found);
  } else if (was_first && !waiters.in_turn.empty()) {
    waiters.in_turn.front().tell(kUnknownSeq);
  }
}

std::vector<std::uint32_t> Waiters::take_written_keys(Waiter& waiter) {
  MutexLock lock(mutex_);
  std::vector<std::uint32_t> written = std::exchange(waiter.listed_->written, {});
  for (const std::uint32_t key : written) waiter.listed_->is_written[key] = false;
  return written;
}

void Waiters::note(std::string_view key, std::uint64_t seq) {
  MutexLock lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) found->second.tell(seq);
  for (Waiter* const waiter : by_prefix_) {
    if (key.starts_with(*waiter->what_.prefix)) waiter->tell(seq);
  }
}

void Waiters::note_all(std::uint64_t seq) {
  MutexLock lock(mutex_);
  for (const auto& [key, waiters] : by_key_) waiters.tell(seq);
  for (Waiter* const waiter : by_prefix_) waiter->tell(seq);
}

}  // namespace kvstore
