// The newest record of every key of a log that is gone through in order. Keys stay in the file:
// 9 to 19 bytes a key.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "src/base/random.h"
#include "src/index/memtable.h"
#include "src/log/file_builder.h"
#include "src/log/view.h"

namespace kvstore::maint {

class KeyIndex final : public log::NewestRecords {
 public:
  // Throws std::bad_alloc.
  bool find(const log::View& view, std::string_view key, log::Record* newest) override;
  void set(std::uint64_t offset) override { keys_.set(place_, offset); }
  // The newest record of each key, in no order.
  void visit(const log::View& view,
             const std::function<void(const log::Record& newest)>& visitor) const;

 private:
  const std::uint64_t hash_seed_ = random_bits();  // chosen keys must not share a slot
  index::Memtable keys_;
  index::Memtable::Place place_;  // of the key that was asked for last
};

}  // namespace kvstore::maint
