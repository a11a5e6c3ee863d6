// An open store, and who uses it: so that it is closed when nobody does, and not before.
//
// Calls of JavaScript's thread that take long are made by threads of a pool. Closing refuses those
// that come later, waits for those that are under way, and lets go of what holds the file.
//
// Thread rule: any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <utility>

#include "src/base/mutex.h"
#include "src/base/status.h"
#include "src/store/store.h"

namespace kvstore::node {

class Cancel;
class Instance;
class Lane;
class StoreState;

// What has to be gone before the store is closed: iterators, feeds.
class Resource {
 public:
  explicit Resource(std::shared_ptr<StoreState> state) : state_(std::move(state)) {}
  Resource(const Resource&) = delete;
  Resource& operator=(const Resource&) = delete;

  virtual ~Resource() = default;

  StoreState& state() const { return *state_; }

 protected:
  // The last class calls them: enlist() when it is made, as the last thing, and forget() first
  // thing in its destructor. Nobody calls release() before the one, or after the other.
  void enlist();
  void forget();

 private:
  friend class StoreState;
  // Nobody uses it then, and the store is still open.
  virtual void release() = 0;
  const std::shared_ptr<StoreState> state_;
};

class StoreState : public std::enable_shared_from_this<StoreState> {
 public:
  // In the environment's thread.
  StoreState(Instance& instance, std::unique_ptr<Store> store);
  ~StoreState();
  StoreState(const StoreState&) = delete;
  StoreState& operator=(const StoreState&) = delete;

  Store& store() { return *store_; }
  Lane& lane() { return *lane_; }
  // New calls are refused; those that are queued are not. The environment's thread, which alone
  // makes calls, needs no Use for its own: nobody closes the store meanwhile.
  bool is_closing() const { return is_closing_.load(std::memory_order_relaxed); }
  void begin_closing() { is_closing_ = true; }
  // After begin_closing(). Gives up those of the calls under way that can be, and waits for all;
  // later calls answer the same. From now on there is no Use.
  Status close() KV_EXCLUDES(mutex_);
  tl::unexpected<Error> closed_error() const;

 private:
  friend class Resource;
  friend class Use;

  const std::unique_ptr<Store> store_;
  const std::shared_ptr<Lane> lane_;
  std::atomic<bool> is_closing_{false};
  Mutex mutex_;
  CondVar unused_;
  unsigned uses_ KV_GUARDED_BY(mutex_) = 0;
  bool refuses_ KV_GUARDED_BY(mutex_) = false;
  bool closed_ KV_GUARDED_BY(mutex_) = false;
  Status closed_with_ KV_GUARDED_BY(mutex_);
  std::multiset<Cancel*> cancels_ KV_GUARDED_BY(mutex_);
  std::set<Resource*> resources_ KV_GUARDED_BY(mutex_);
};

// A call under way: the store stays open as long as it lives, if it was open.
class Use {
 public:
  // `cancel`, which may be null, lives as long.
  explicit Use(StoreState& state, Cancel* cancel = nullptr);
  ~Use();
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  explicit operator bool() const { return is_open_; }

 private:
  StoreState& state_;
  Cancel* const cancel_;
  bool is_open_;
};

}  // namespace kvstore::node
