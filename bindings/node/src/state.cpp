#include "bindings/node/src/state.h"

#include <cstdlib>
#include <utility>

#include "bindings/node/src/instance.h"
#include "bindings/node/src/job.h"
#include "bindings/node/src/lane.h"

namespace kvstore::node {

namespace {

// Closes the stores that are still open when the process ends, unless a signal ends it:
// process.exit() does not run the environment's cleanup.
class AtExit {
 public:
  static AtExit& get() {
    static AtExit* const lives_for_ever = [] {
      std::atexit([] { get().close_all(); });
      return new AtExit();
    }();
    return *lives_for_ever;
  }
  void add(StoreState& state) {
    const MutexLock lock(mutex_);
    open_.insert(&state);
  }
  void remove(StoreState& state) {
    const MutexLock lock(mutex_);
    open_.erase(&state);
  }

 private:
  void close_all() {
    for (;;) {
      StoreState* state = nullptr;
      {
        const MutexLock lock(mutex_);
        if (open_.empty()) return;
        state = *open_.begin();
        open_.erase(open_.begin());
      }
      state->begin_closing();
      [[maybe_unused]] const Status nobody_is_left_to_be_told = state->close();
    }
  }

  Mutex mutex_;
  std::set<StoreState*> open_ KV_GUARDED_BY(mutex_);
};

}  // namespace

void Resource::enlist() {
  const MutexLock lock(state_->mutex_);
  state_->resources_.insert(this);
}

void Resource::forget() {
  const MutexLock lock(state_->mutex_);
  state_->resources_.erase(this);
}

StoreState::StoreState(Instance& instance, std::unique_ptr<Store> store)
    : store_(std::move(store)), lane_(std::make_shared<Lane>(instance, ++instance.last_id)) {
  AtExit::get().add(*this);
}

StoreState::~StoreState() {
  begin_closing();
  [[maybe_unused]] const Status nobody_is_left_to_be_told = close();
}

Status StoreState::close() {
  const MutexLock lock(mutex_);
  refuses_ = true;
  for (Cancel* const cancel : cancels_) cancel->cancel();
  if (!closed_) store_->stop_compaction();
  while (uses_ != 0) unused_.wait(mutex_);
  if (closed_) return closed_with_;
  for (Resource* const resource : resources_) resource->release();
  closed_with_ = store_->close();
  closed_ = true;
  AtExit::get().remove(*this);
  return closed_with_;
}

tl::unexpected<Error> StoreState::closed_error() const {
  return fail(Code::kFailed, store_->path() + ": the store is closed", "open it again");
}

Use::Use(StoreState& state, Cancel* cancel) : state_(state), cancel_(cancel) {
  const MutexLock lock(state_.mutex_);
  is_open_ = !state_.refuses_;
  if (!is_open_) return;
  ++state_.uses_;
  if (cancel_) state_.cancels_.insert(cancel_);
}

Use::~Use() {
  if (!is_open_) return;
  const MutexLock lock(state_.mutex_);
  if (cancel_) state_.cancels_.erase(state_.cancels_.find(cancel_));
  if (--state_.uses_ == 0) state_.unused_.notify_all();
}

}  // namespace kvstore::node
