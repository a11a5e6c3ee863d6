#include "src/c_api/objects.h"

#include <thread>

namespace kvstore::c_api {

// --- StoreState

void StoreState::end_waits() {
  {
    MutexLock lock(mutex_);
    for (Child* const child : children_) child->cancel();
  }
  store_->stop_compaction();
}

// Waits for the store's threads without the lock: one may be in a callback of the program that
// waits for another thread, which may be about to close a child.
Status StoreState::close() {
  drop_children();
  Status closed = store_->close();
  store_.reset();
  return closed;
}

void StoreState::drop_children() {
  MutexLock lock(mutex_);
  for (Child* const child : children_) {
    child->drop();
    child->place_.reset();
  }
  children_.clear();
}

// --- Child

void Child::join() {
  MutexLock lock(state_->mutex_);
  place_ = state_->children_.insert(state_->children_.end(), this);
}

// Under the lock, because a thread that closes the store then waits until this has released it;
// afterwards nothing is left to drop.
void Child::leave() {
  MutexLock lock(state_->mutex_);
  drop();
  if (place_) state_->children_.erase(*place_);
}

TransactionObject::TransactionObject(std::shared_ptr<StoreState> state, Transaction begun)
    : Child(std::move(state)) {
  shared->transaction = std::make_unique<Transaction>(std::move(begun));
}

// Its iterators may be within a call.
TransactionObject::~TransactionObject() {
  while (shared->busy.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
  leave();
  shared->busy.clear(std::memory_order_release);
}

kvs_code report_busy() noexcept {
  return guarded([] {
    return report({Code::kState, "another thread uses this handle at this moment",
                   "give each thread one of its own"});
  });
}

kvs_code report_store_closed() noexcept {
  return guarded([] {
    return report({Code::kFailed, "the store that this belongs to is closed", "reopen it"});
  });
}

}  // namespace kvstore::c_api
