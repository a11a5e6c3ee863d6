// Arguments and results of the C interface: strings, structs that may grow, memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include <kvstore/kvstore.h>

#include "src/c_api/errors.h"
#include "src/store/store.h"

namespace kvstore::c_api {

// False: the pointer is NULL and the size is not 0. (The caller must report KVS_USAGE.)
inline bool is_string(const void* bytes, std::size_t size) { return bytes != nullptr || size == 0; }

inline std::string_view string_of(const void* bytes, std::size_t size) {
  return bytes == nullptr ? std::string_view()
                          : std::string_view(static_cast<const char*>(bytes), size);
}

kvs_code report_null(const char* what) noexcept;

// Returns from a call with an invalid string argument.
#define KVS_NEEDS_STRING(bytes, size) \
  if (!is_string(bytes, size)) return report_null(#bytes)
#define KVS_NEEDS(pointer) \
  if ((pointer) == nullptr) return report_null(#pointer)

// Copies a caller's struct, which may be of another version of this library: missing fields become
// 0.
template <class Struct>
kvs_code take_struct(const Struct* given, Struct* own, std::size_t least = sizeof(std::size_t)) {
  *own = Struct{};
  own->size = sizeof(Struct);
  if (given == nullptr) return KVS_OK;
  if (given->size < least) return report_usage("the size of a struct is not set to its sizeof");
  const auto* const bytes = reinterpret_cast<const char*>(given);
  const auto is_set = [](char byte) { return byte != 0; };
  if (given->size > sizeof(Struct)) {
    if (given->size > 4096) return report_usage("the size of a struct is not set to its sizeof");
    if (std::any_of(bytes + sizeof(Struct), bytes + given->size, is_set)) {
      return report_usage("a struct has options that this version of the library does not know");
    }
  }
  std::memcpy(static_cast<void*>(own), bytes, std::min(given->size, sizeof(Struct)));
  own->size = sizeof(Struct);
  return KVS_OK;
}

// The reverse: fields that the caller's struct lacks are omitted.
template <class Struct>
kvs_code give_struct(const Struct& own, Struct* to) {
  const std::size_t size = to->size;
  if (size < sizeof(std::size_t) || size > 4096) {
    return report_usage("the size of a struct is not set to its sizeof");
  }
  std::memset(static_cast<void*>(to), 0, size);
  std::memcpy(static_cast<void*>(to), &own, std::min(size, sizeof(Struct)));
  to->size = size;
  return KVS_OK;
}

kvs_code take_at(const kvs_at* given, At* at);
// The same for a store, with KVS_NUMBER for a version above the newest.
kvs_code take_at_of(Store& store, const kvs_at* given, At* at);
// KVS_NUMBER for a version that the store does not have.
kvs_code check_seq(Store& store, std::uint64_t seq);
// Accepts a point in time, or 0: KVS_NUMBER for a number that can only be meant as a TTL.
kvs_code check_expiry(std::uint64_t expires_at_ms);

// A copy that the caller must free, followed by a zero byte that is not counted.
kvs_code give_copy(std::string_view bytes, void** to, std::size_t* size);

void give_info(const KeyInfo& info, kvs_key_info* to);
kvs_change change_of(Version::Kind kind);
kvs_type type_of(ValueType type);

// This thread's buffer for values of reads; its memory is reused unless it is large.
std::string& value_space();

// Checks and copies the options of a write.
kvs_code take_write_options(const kvs_write_options* given, bool is_put, kvs_write_options* own);

}  // namespace kvstore::c_api
