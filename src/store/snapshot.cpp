#include "src/store/snapshot.h"

#include "src/base/clock.h"
#include "src/store/core.h"
#include "src/store/open_snapshots.h"

namespace kvstore {

// --- OpenSnapshots

void OpenSnapshots::add(SnapshotState& state) {
  MutexLock lock(mutex_);
  state.place_ = open_.insert(open_.end(), &state);
}

void OpenSnapshots::remove(SnapshotState& state) {
  MutexLock lock(mutex_);
  open_.erase(state.place_);
}

// The last owner destroys the generation, and with it closes the file and releases its lock.
void OpenSnapshots::close() {
  core_.store(nullptr, std::memory_order_release);
  MutexLock lock(mutex_);
  for (SnapshotState* const state : open_) state->generation_.reset();
}

Result<Core*> OpenSnapshots::core() const {
  if (Core* const core = core_.load(std::memory_order_acquire)) [[likely]]
    return core;
  return fail(Code::kFailed, "the store of this snapshot is closed", "open it again");
}

std::size_t OpenSnapshots::count() const {
  MutexLock lock(mutex_);
  return open_.size();
}

bool OpenSnapshots::take_memory(std::uint64_t bytes, std::uint64_t limit) {
  std::uint64_t taken = bytes_.load(std::memory_order_relaxed);
  do {
    if (bytes > limit || taken > limit - bytes) return false;
  } while (!bytes_.compare_exchange_weak(taken, taken + bytes, std::memory_order_relaxed));
  return true;
}

// --- SnapshotState

SnapshotState::SnapshotState(std::shared_ptr<OpenSnapshots> store,
                             std::shared_ptr<Generation> generation)
    : store_(std::move(store)), generation_(std::move(generation)) {
  if (generation_) {
    log_end_ = generation_->visible_end();  // before the seq: see visible_end()
    seq_ = generation_->visible_seq();
    instant_ = generation_->clock().instant();
  } else {
    instant_.time_us = believed_now_us();
  }
  store_->add(*this);
}

SnapshotState::SnapshotState(std::shared_ptr<OpenSnapshots> store,
                             std::shared_ptr<Generation> generation, std::uint64_t seq)
    : store_(std::move(store)), generation_(std::move(generation)), seq_(seq) {
  store_->add(*this);
}

// --- SnapshotPin

Status SnapshotPin::check(const SnapshotState& state) {
  KV_TRY(state.store().core());
  return {};
}

SnapshotPin::SnapshotPin(const SnapshotState& state)
    : state_(state), guard_(state.store().core().value()->epochs()) {}

// --- Snapshot

std::uint64_t Snapshot::seq() const { return state_->seq(); }

std::uint64_t Snapshot::time_us() const { return state_->instant().time_us; }

Result<bool> Snapshot::get(std::string_view key, std::string* value, const At& at) const {
  KV_TRY(SnapshotPin::check(*state_));
  const SnapshotPin pin(*state_);
  return pin ? pin.view().get(key, value, at) : false;
}

Result<bool> Snapshot::read(std::string_view key, std::int64_t offset, std::uint64_t length,
                            std::string* value, const At& at) const {
  KV_TRY(SnapshotPin::check(*state_));
  const SnapshotPin pin(*state_);
  return pin ? pin.view().read(key, offset, length, value, at) : false;
}

Result<bool> Snapshot::read_bytes(std::string_view key, std::int64_t offset, std::uint64_t length,
                                  std::string* value, const At& at) const {
  KV_TRY(SnapshotPin::check(*state_));
  const SnapshotPin pin(*state_);
  return pin ? pin.view().read_bytes(key, offset, length, value, at) : false;
}

Result<std::optional<KeyInfo>> Snapshot::stat(std::string_view key, const At& at) const {
  KV_TRY(SnapshotPin::check(*state_));
  const SnapshotPin pin(*state_);
  if (!pin) return std::nullopt;
  return pin.view().stat(key, at);
}

Status Snapshot::history(std::string_view key, std::uint64_t limit,
                         const std::function<bool(const Version&)>& visit) const {
  KV_TRY(SnapshotPin::check(*state_));
  const SnapshotPin pin(*state_);
  return pin ? pin.view().history(key, limit, visit) : Status{};
}

Status Snapshot::scan(std::string_view prefix, std::optional<std::string_view> after,
                      std::uint64_t limit,
                      const std::function<bool(std::string_view)>& visit) const {
  KV_TRY(SnapshotPin::check(*state_));
  const SnapshotPin pin(*state_);
  return pin ? pin.view().scan(prefix, after, limit, visit) : Status{};
}

// --- Store

Result<Snapshot> Store::snapshot(std::optional<std::uint64_t> seq) {
  KV_TRY(core_->freshen());
  auto generation = core_->current();
  if (!seq || !generation || *seq >= generation->visible_seq()) {
    return Snapshot(std::make_shared<SnapshotState>(core_->snapshots(), std::move(generation)));
  }
  const ReadView now(*generation);
  KV_TRY(now.check_floor(At{.seq = seq, .time_us = {}}));
  return Snapshot(std::make_shared<SnapshotState>(core_->snapshots(), std::move(generation), *seq));
}

}  // namespace kvstore
