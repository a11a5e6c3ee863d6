#include "src/log/dictionary.h"

#include <zstd.h>

namespace kvstore::log {

Dictionary::~Dictionary() { ZSTD_freeDDict(loaded_.load(std::memory_order_relaxed)); }

const ZSTD_DDict_s* Dictionary::load(const View& view) const {
  if (const auto* loaded = loaded_.load(std::memory_order_acquire)) return loaded;
  MutexLock lock(mutex_);
  if (const auto* loaded = loaded_.load(std::memory_order_relaxed)) return loaded;
  Record record;
  const bool is_there = view.header(kDictionaryOffset, &record) == HeaderCheck::kValid &&
                        is_dictionary(record) && body_is_valid(record, *view.binding);
  if (!is_there) return nullptr;
  ZSTD_DDict* const made = ZSTD_createDDict(record.stored().data(), record.stored().size());
  loaded_.store(made, std::memory_order_release);
  return made;
}

bool is_dictionary(const Record& record) {
  return record.kind == Kind::kDictionary && record.offset == kDictionaryOffset &&
         record.value_size > 0 && record.value_size <= kMaxDictionarySize;
}

}  // namespace kvstore::log
