// Sorted sets of stores, snapshots and updates; see the headers.
#include "src/sorted_set/sorted_set.h"
#include "src/store/core.h"
#include "src/store/open_snapshots.h"
#include "src/store/snapshot.h"
#include "src/store/write_transaction.h"

namespace kvstore {

Result<std::optional<SortedSet>> Store::sorted_set(std::string_view key, const At& at) {
  KV_TRY(core_->freshen());
  const Pin pin = core_->pin();
  if (!pin) return std::nullopt;
  return pin.view().sorted_set(key, at);
}

Result<std::optional<SortedSet>> Snapshot::sorted_set(std::string_view key, const At& at) const {
  KV_TRY(SnapshotPin::check(*state_));
  const SnapshotPin pin(*state_);
  if (!pin) return std::nullopt;
  return pin.view().sorted_set(key, at);
}

Result<std::optional<SortedSet>> Update::sorted_set(std::string_view key) {
  return inner_.sorted_set(key);
}

bool Update::has_set_to_read(std::string_view key) { return inner_.has_set_to_read(key); }

Status Update::change_sorted_set(std::string_view key, std::span<const MemberChange> changes) {
  return inner_.change_sorted_set(inner_.keep(key), changes);
}

Status Update::set_sorted_set(std::string_view key, const SortedSet& set) {
  return inner_.set_sorted_set(inner_.keep(key), set);
}

}  // namespace kvstore
