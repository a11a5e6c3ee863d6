#include "src/store/waiters.h"

#include <algorithm>
#include <chrono>
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
  // In turn: the seqs of the first and the last write that it owes a look; 0: none.
  std::uint64_t owes_from = 0, owes_to = 0;
  std::list<Waiter*> when_not_owing;  // its entry in owing_, while it is not there
};

Waiter::Waiter(Store& store, What what, Wake wake)
    : core_(*store.core_),
      what_(std::move(what)),
      wake_(std::move(wake)),
      listed_(std::make_unique<Listed>()) {
  listed_->places.reserve(what_.keys.size());
  listed_->written.reserve(what_.keys.size());
  listed_->is_written.resize(what_.keys.size());
  listed_->when_not_owing.push_back(this);
  core_.waiters().add(*this);
  core_.pass_writes();
}

Waiter::~Waiter() { core_.waiters().remove(*this); }

std::vector<std::uint32_t> Waiter::take_written_keys() {
  return core_.waiters().take_written_keys(*this);
}

void Waiter::end_look() {
  if (what_.in_turn) core_.waiters().end_look(*this);
}

void Waiter::await_looks(Store& store, std::uint64_t seq) {
  if (store.core_->waiters().are_owing()) store.core_->waiters().await_looks(seq);
}

void Waiter::await_look_at(Store& store, std::string_view key) {
  store.core_->waiters().await_look_at(key);
}

bool Waiter::owes_look(Store& store, std::string_view key, const Waiter* self) {
  Waiters& waiters = store.core_->waiters();
  return waiters.are_owing() && waiters.owes_look(key, self);
}

bool Waiter::are_owing(const Store& store) { return store.core_->waiters().are_owing(); }

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

// One that was given up while it had news owes nothing more.
void Waiters::tell_in_turn(const InOrder& waiters, std::uint64_t seq) {
  if (waiters.empty()) return;
  Waiter& first = *waiters.front().waiter;
  const bool had_news = first.has_news();
  waiters.front().tell(seq);
  Waiter::Listed& listed = *first.listed_;
  if (listed.owes_from == 0) {
    if (had_news) return;
    owing_.splice(owing_.end(), listed.when_not_owing);
    owing_count_.fetch_add(1, std::memory_order_relaxed);
    listed.owes_from = seq;
  }
  listed.owes_to = std::max(listed.owes_to, seq);
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
  stop_owing(waiter);
  count_.fetch_sub(1, std::memory_order_relaxed);
}

// What the leaving waiter has not taken is passed to the next one, who owes the look instead.
void Waiters::remove_key(const std::string& key, Waiter& waiter, InOrder::iterator place) {
  const auto found = by_key_.find(key);
  OfKey& waiters = found->second;
  const bool was_first = waiter.what_.in_turn && place == waiters.in_turn.begin();
  waiters.of(waiter).erase(place);
  if (waiters.is_empty()) {
    by_key_.erase(found);
  } else if (was_first && !waiters.in_turn.empty()) {
    const Waiter::Listed& left = *waiter.listed_;
    tell_in_turn(waiters.in_turn, std::max(left.owes_from, kUnknownSeq));
    tell_in_turn(waiters.in_turn, std::max(left.owes_to, kUnknownSeq));
  }
}

std::vector<std::uint32_t> Waiters::take_written_keys(Waiter& waiter) {
  MutexLock lock(mutex_);
  std::vector<std::uint32_t> written = std::exchange(waiter.listed_->written, {});
  for (const std::uint32_t key : written) waiter.listed_->is_written[key] = false;
  return written;
}

void Waiters::note(std::string_view key, std::uint64_t seq, bool is_sorted_set) {
  MutexLock lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    if (is_sorted_set) tell_in_turn(found->second.in_turn, seq);
    for (const Place& place : found->second.others) place.tell(seq);
  }
  for (Waiter* const waiter : by_prefix_) {
    if (key.starts_with(*waiter->what_.prefix)) waiter->tell(seq);
  }
}

void Waiters::note_clear(std::uint64_t seq) {
  MutexLock lock(mutex_);
  for (const auto& [key, waiters] : by_key_) {
    for (const Place& place : waiters.others) place.tell(seq);
  }
  for (Waiter* const waiter : by_prefix_) waiter->tell(seq);
}

void Waiters::note_all(std::uint64_t seq) {
  note_clear(seq);
  MutexLock lock(mutex_);
  for (const auto& [key, waiters] : by_key_) tell_in_turn(waiters.in_turn, seq);
}

// --- Looks that are owed

void Waiters::stop_owing(Waiter& waiter) {
  Waiter::Listed& listed = *waiter.listed_;
  if (listed.owes_from == 0) return;
  listed.owes_from = listed.owes_to = 0;
  listed.when_not_owing.splice(listed.when_not_owing.end(), owing_,
                               std::find(owing_.begin(), owing_.end(), &waiter));
  owing_count_.fetch_sub(1, std::memory_order_relaxed);
  looked_.notify_all();
}

// What was written during the look is owed another one.
void Waiters::end_look(Waiter& waiter) {
  MutexLock lock(mutex_);
  const std::uint64_t next = waiter.first_news();
  if (next == 0) {
    stop_owing(waiter);
  } else if (waiter.listed_->owes_from != 0) {
    waiter.listed_->owes_from = next;
    looked_.notify_all();
  }
}

void Waiters::await(FunctionRef<Waiter*()> owing) {
  // For a client that does not look, as its thread waits for something else.
  constexpr std::chrono::seconds kLongest{1};
  const auto until = std::chrono::steady_clock::now() + kLongest;
  while (owing() != nullptr) {
    if (looked_.wait_until(mutex_, until)) continue;
    while (Waiter* const late = owing()) stop_owing(*late);
  }
}

Waiter* Waiters::find_owing(std::uint64_t seq) {
  for (Waiter* const waiter : owing_) {
    if (waiter->listed_->owes_from <= seq && seq <= waiter->listed_->owes_to) return waiter;
  }
  return nullptr;
}

Waiter* Waiters::find_owing(std::string_view key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end() || found->second.in_turn.empty()) return nullptr;
  Waiter* const first = found->second.in_turn.front().waiter;
  return first->listed_->owes_from != 0 ? first : nullptr;
}

void Waiters::await_looks(std::uint64_t seq) {
  MutexLock lock(mutex_);
  await([&]() KV_NO_THREAD_SAFETY_ANALYSIS { return find_owing(seq); });
}

void Waiters::await_look_at(std::string_view key) {
  MutexLock lock(mutex_);
  await([&]() KV_NO_THREAD_SAFETY_ANALYSIS { return find_owing(key); });
}

bool Waiters::owes_look(std::string_view key, const Waiter* self) {
  MutexLock lock(mutex_);
  const Waiter* const first = find_owing(key);
  return first != nullptr && first != self;
}

}  // namespace kvstore
