#include "src/log/dictionary.h"

#include <zdict.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <new>

#include "src/base/coding.h"

namespace kvstore::log {
namespace {

// zstd does not tell why it failed to load a dictionary. Only one with zstd's own header can be
// malformed, and only a forged one is, because its checksum was valid.
bool is_malformed(std::string_view bytes) {
  const auto* at = reinterpret_cast<const std::uint8_t*>(bytes.data());
  if (bytes.size() < 8 || load_le<std::uint32_t>(at) != ZSTD_MAGIC_DICTIONARY) return false;
  const std::size_t header = ZDICT_getDictHeaderSize(bytes.data(), bytes.size());
  return ZSTD_isError(header) && ZSTD_getErrorCode(header) != ZSTD_error_memory_allocation;
}

}  // namespace

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
  if (!made && !is_malformed(record.stored())) throw std::bad_alloc();
  loaded_.store(made, std::memory_order_release);
  return made;
}

bool is_dictionary(const Record& record) {
  return record.kind == Kind::kDictionary && record.offset == kDictionaryOffset &&
         record.value_size > 0 && record.value_size <= kMaxDictionarySize;
}

}  // namespace kvstore::log
