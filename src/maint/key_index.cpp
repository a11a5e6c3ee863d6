#include "src/maint/key_index.h"

#include "src/base/hash.h"

namespace kvstore::maint {

bool KeyIndex::find(const log::View& view, std::string_view key, log::Record* newest) {
  place_ = keys_.locate(hash_key(key, hash_seed_), [&](std::uint64_t offset) {
    return view.header(offset, newest) == log::HeaderCheck::kValid && newest->key() == key;
  });
  if (place_.offset == 0) *newest = {};
  return place_.offset != 0;
}

void KeyIndex::visit(const log::View& view,
                     const std::function<void(const log::Record& newest)>& visitor) const {
  keys_.visit([&](std::uint64_t offset) {
    log::Record newest;
    if (view.header(offset, &newest) == log::HeaderCheck::kValid) visitor(newest);
    return true;
  });
}

}  // namespace kvstore::maint
