#include "src/transfer/replay_store.h"

#include <utility>

namespace kvstore::transfer {

Result<std::unique_ptr<StoreReplay>> StoreReplay::begin(Store& store, std::string resume_key) {
  KV_ASSIGN(auto applier, Applier::begin(store, &store, OnConflict::kGoOn));
  return std::unique_ptr<StoreReplay>(
      new StoreReplay(store, std::move(resume_key), std::move(applier)));
}

Status StoreReplay::apply(const ReplayStep& step) {
  attempted_ = step.seq;
  if (step.position.empty()) {
    KV_TRY(applier_->apply_together(step.changes));
  } else {
    with_position_.assign(step.changes.begin(), step.changes.end());
    with_position_.push_back({.key = resume_key_, .value = step.position});
    KV_TRY(applier_->apply_together(with_position_));
  }
  if (step.ends_version) applied_ = step.seq;
  return {};
}

Status StoreReplay::settle() {
  KV_TRY(applier_->finish());
  acknowledged_ = applied_;
  return {};
}

Result<std::optional<std::string>> StoreReplay::position(std::string_view key) {
  std::string text;
  KV_ASSIGN(const bool found, store_.get(key, &text));
  if (!found) return std::nullopt;
  return std::optional(std::move(text));
}

}  // namespace kvstore::transfer
