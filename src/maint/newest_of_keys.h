// The newest record of every key of a log that is scanned in order. Keys stay in the file: 9 to 19
// bytes a key.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "src/index/key_index.h"
#include "src/log/file_builder.h"
#include "src/log/view.h"

namespace kvstore::maint {

class NewestOfKeys final : public log::NewestRecords {
 public:
  // Throws std::bad_alloc.
  bool find(const log::View& view, std::string_view key, log::Record* newest) override;
  void set(std::uint64_t offset) override { keys_.publish_loaded(hash_, found_, offset); }
  // Visits the newest record of each key, unordered.
  void visit(const log::View& view,
             const std::function<void(const log::Record& newest)>& visitor) const;
  // A cursor over them in key order. set() must not be called afterwards. Throws std::bad_alloc.
  std::unique_ptr<index::Cursor> in_order(const log::View& view) const;

 private:
  ReclamationEpochs epochs_;  // for an index without concurrent readers
  index::KeyIndex keys_{epochs_};
  // Of the key of the last find().
  std::uint64_t hash_ = 0, found_ = 0;
};

}  // namespace kvstore::maint
