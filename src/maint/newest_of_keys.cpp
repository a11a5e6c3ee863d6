#include "src/maint/newest_of_keys.h"

namespace kvstore::maint {

bool NewestOfKeys::find(const log::View& view, std::string_view key, log::Record* newest) {
  hash_ = keys_.hash(key);
  keys_.reserve(hash_);
  keys_.find(
      key, hash_, [&] { return view; }, newest);
  found_ = newest->offset;
  return newest->at != nullptr;
}

void NewestOfKeys::visit(const log::View& view,
                         const std::function<void(const log::Record& newest)>& visitor) const {
  keys_.current().active->visit([&](std::uint64_t offset) {
    log::Record newest;
    if (view.header(offset, &newest) == log::HeaderCheck::kValid) visitor(newest);
    return true;
  });
}

std::unique_ptr<index::Cursor> NewestOfKeys::in_order(const log::View& view) const {
  return keys_.current().active->order().cursor([&view] { return view; });
}

}  // namespace kvstore::maint
