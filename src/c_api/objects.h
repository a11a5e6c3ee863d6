// The objects of the C interface's handles, and their dependencies.
//
// Snapshots, iterators, transactions and followers are children of a store. Each of their calls
// also pins the store's handle, so when a store is closed and its pins are gone, no child is in
// use, and it can release what they hold of it. Only memory remains, which their own handles free.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kvstore/kvstore.h>

#include "src/base/mutex.h"
#include "src/c_api/errors.h"
#include "src/c_api/handles.h"
#include "src/store/iterator.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"
#include "src/store/transaction.h"

namespace kvstore::c_api {

class Child;

class StoreState {
 public:
  explicit StoreState(std::unique_ptr<Store> store) : store_(std::move(store)) {}
  Store& store() { return *store_; }
  const void* handle = nullptr;  // constant once others can see it

  // Ends calls of others soon.
  void end_waits() KV_EXCLUDES(mutex_);
  // No other thread may be in a call.
  Status close() KV_EXCLUDES(mutex_);

 private:
  friend class Child;
  // Afterwards no child uses the store, and none can join.
  void drop_children() KV_EXCLUDES(mutex_);
  std::unique_ptr<Store> store_;
  Mutex mutex_;
  std::list<Child*> children_ KV_GUARDED_BY(mutex_);
};

struct StoreObject final : Object {
  static constexpr Kind kKind = Kind::kStore;
  explicit StoreObject(std::shared_ptr<StoreState> of) : state(std::move(of)) {}
  const std::shared_ptr<StoreState> state;
  Store& store() const { return state->store(); }
};

// A flag held by one thread at a time; another one does not wait for it.
class Busy {
 public:
  explicit Busy(std::atomic_flag& flag)
      : flag_(flag.test_and_set(std::memory_order_acquire) ? nullptr : &flag) {}
  ~Busy() {
    if (flag_ != nullptr) flag_->clear(std::memory_order_release);
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  explicit operator bool() const { return flag_ != nullptr; }

 private:
  std::atomic_flag* const flag_;
};
kvs_code report_busy() noexcept;

class Child : public Object {
 public:
  explicit Child(std::shared_ptr<StoreState> state) : state_(std::move(state)) {}
  StoreState& state() const { return *state_; }
  const std::shared_ptr<StoreState>& shared_state() const { return state_; }
  Store& store() const { return state_->store(); }

  // Call it after construction, while the store is pinned.
  void join();
  // Makes a waiting call return soon.
  virtual void cancel() {}
  virtual std::atomic_flag& busy() { return busy_; }

 protected:
  // Call it in the destructor of the class that defines drop().
  void leave();
  // Releases everything it holds of the store. It must not be in use; may be called twice.
  virtual void drop() = 0;

 private:
  friend class StoreState;
  const std::shared_ptr<StoreState> state_;
  std::optional<std::list<Child*>::iterator> place_;  // guarded by state_->mutex_
  std::atomic_flag busy_;
};

struct SnapshotObject final : Child {
  static constexpr Kind kKind = Kind::kSnapshot;
  static constexpr bool kIsShared = true;
  SnapshotObject(std::shared_ptr<StoreState> state, Snapshot taken)
      : Child(std::move(state)), snapshot(std::move(taken)) {}
  ~SnapshotObject() override { leave(); }
  void drop() override { snapshot.reset(); }
  std::optional<Snapshot> snapshot;
};

// A transaction, shared with its iterators.
struct TransactionState {
  std::unique_ptr<Transaction> transaction;  // null: its handle was closed
  std::atomic_flag busy;
};

struct TransactionObject final : Child {
  static constexpr Kind kKind = Kind::kTransaction;
  static constexpr bool kIsShared = false;
  TransactionObject(std::shared_ptr<StoreState> state, Transaction begun);
  ~TransactionObject() override;
  void drop() override { shared->transaction.reset(); }
  std::atomic_flag& busy() override { return shared->busy; }
  Transaction& transaction() const { return *shared->transaction; }
  const std::shared_ptr<TransactionState> shared = std::make_shared<TransactionState>();
};

// --- A call of a child: pins its handle and its store's, and takes the flag for one thread.

kvs_code report_store_closed() noexcept;

template <class T, class Call>
kvs_code use(const void* handle, Call call) noexcept {
  return guarded([&]() -> kvs_code {
    const HandlePin own(handle, T::kKind);
    if (!own) return wrong_handle(handle, T::kKind);
    T& object = own.as<T>();
    if constexpr (T::kKind == Kind::kStore) {
      return call(object);
    } else {
      const HandlePin store(object.state().handle, Kind::kStore);
      if (!store) return report_store_closed();
      if constexpr (T::kIsShared) {
        return call(object);
      } else {
        const Busy busy(object.busy());
        if (!busy) return report_busy();
        return call(object);
      }
    }
  });
}

template <class Handle>
kvs_code give_handle(std::unique_ptr<Object> object, Kind kind, Handle** to) {
  void* const handle = new_handle(std::move(object), kind);
  if (handle == nullptr) return KVS_LIMIT;
  *to = static_cast<Handle*>(handle);
  return KVS_OK;
}

template <class T, class Handle>
kvs_code give_child(std::unique_ptr<T> child, Handle** to) {
  child->join();
  return give_handle(std::move(child), T::kKind, to);
}

template <class T>
kvs_code close_child(const void* handle) noexcept {
  if (handle == nullptr) return KVS_OK;
  Closing closing(handle, T::kKind);
  if (!closing) return wrong_handle(handle, T::kKind);
  static_cast<T&>(closing.object()).cancel();
  return KVS_OK;
}

}  // namespace kvstore::c_api
