// An open store and its users: it is closed once no call uses it.
//
// Calls that take long run on threads of a pool. Closing refuses later calls, waits for running
// ones,
// and releases the resources that hold the file.
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

// An object that must release the store before it is closed: an iterator, a feed.
class Resource {
 public:
  explicit Resource(std::shared_ptr<StoreState> state) : state_(std::move(state)) {}
  Resource(const Resource&) = delete;
  Resource& operator=(const Resource&) = delete;

  virtual ~Resource() = default;

  StoreState& state() const { return *state_; }

 protected:
  // The most derived class calls them: enlist() at the end of its constructor, and forget() at the
  // beginning of its destructor. release() is called only between the two.
  void enlist();
  void forget();

 private:
  friend class StoreState;
  // Called when no call uses the resource, and the store is still open.
  virtual void release() = 0;
  const std::shared_ptr<StoreState> state_;
};

class StoreState : public std::enable_shared_from_this<StoreState> {
 public:
  // Runs on the environment's thread.
  StoreState(Instance& instance, std::unique_ptr<Store> store);
  ~StoreState();
  StoreState(const StoreState&) = delete;
  StoreState& operator=(const StoreState&) = delete;

  Store& store() { return *store_; }
  Lane& lane() { return *lane_; }
  // Whether new calls are refused; queued ones are not. The environment's thread needs no Use for
  // its own
  // calls, because only it closes the store.
  bool is_closing() const { return is_closing_.load(std::memory_order_relaxed); }
  void begin_closing() { is_closing_ = true; }
  // Call it after begin_closing(). Cancels the running calls that can be cancelled, and waits for
  // all;
  // later calls return the same status. From then on no Use can be made.
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

// A running call: the store stays open while the Use lives, if it was open at its construction.
class Use {
 public:
  // `cancel` may be null; it must outlive the Use.
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
