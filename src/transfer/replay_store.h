// A replay's target that is a database in this process.
#pragma once

#include <memory>
#include <string>

#include "src/transfer/applier.h"
#include "src/transfer/replay.h"

namespace kvstore::transfer {

// Writes do not wait for the disk; settle() syncs them. The store must outlive it.
class StoreReplay final : public ReplayTarget {
 public:
  // `resume_key`: the key that positions are stored at.
  static Result<std::unique_ptr<StoreReplay>> begin(Store& store, std::string resume_key);

  Status apply(const ReplayStep& step) override;
  Status settle() override;
  std::uint64_t acknowledged() const override { return acknowledged_; }
  std::uint64_t attempted() const override { return attempted_; }
  Result<std::optional<std::string>> position(std::string_view key) override;

 private:
  StoreReplay(Store& store, std::string resume_key, std::unique_ptr<Applier> applier)
      : store_(store), resume_key_(std::move(resume_key)), applier_(std::move(applier)) {}

  Store& store_;
  const std::string resume_key_;
  const std::unique_ptr<Applier> applier_;
  std::vector<Change> with_position_;
  std::uint64_t attempted_ = 0, applied_ = 0, acknowledged_ = 0;
};

}  // namespace kvstore::transfer
