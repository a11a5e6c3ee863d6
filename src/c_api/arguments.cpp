#include "src/c_api/arguments.h"

#include "src/store/at_check.h"

namespace kvstore::c_api {

kvs_code report_null(const char* what) noexcept {
  return guarded([&] { return report({Code::kUsage, std::string(what) + " is NULL", ""}); });
}

kvs_code take_at(const kvs_at* given, At* at) {
  *at = {};
  if (given == nullptr) return KVS_OK;
  switch (given->kind) {
    case KVS_AT_NOW:
      return KVS_OK;
    case KVS_AT_SEQ:
      at->seq = given->value;
      return KVS_OK;
    case KVS_AT_TIME:
      at->time_us = given->value;
      return KVS_OK;
  }
  return report_usage("the kind of a kvs_at is none of KVS_AT_NOW, KVS_AT_SEQ, KVS_AT_TIME");
}

kvs_code check_seq(Store& store, std::uint64_t seq) {
  KVS_TRY(check_version(store, seq, "kvs_last_seq() gives the newest"));
  return KVS_OK;
}

kvs_code take_at_of(Store& store, const kvs_at* given, At* at) {
  KVS_CHECK(take_at(given, at));
  return at->seq.has_value() ? check_seq(store, *at->seq) : KVS_OK;
}

kvs_code check_expiry(std::uint64_t expires_at_ms) {
  constexpr std::uint64_t kYear2000_ms = 946'684'800'000;
  if (expires_at_ms == 0 || expires_at_ms >= kYear2000_ms) return KVS_OK;
  return report({Code::kNumber,
                 "expires_at_ms is a time, and " + std::to_string(expires_at_ms) +
                     " ms since 1970 is before 2000",
                 "kvs_now() / 1000 + 60000 is in a minute"});
}

kvs_code give_copy(std::string_view bytes, void** to, std::size_t* size) {
  char* const copy = static_cast<char*>(std::malloc(bytes.size() + 1));
  if (copy == nullptr) return report_no_memory();
  std::copy(bytes.begin(), bytes.end(), copy);
  copy[bytes.size()] = '\0';
  *to = copy;
  if (size != nullptr) *size = bytes.size();
  return KVS_OK;
}

kvs_type type_of(ValueType type) { return type == ValueType::kZset ? KVS_SORTED_SET : KVS_BYTES; }

void give_info(const KeyInfo& info, kvs_key_info* to) {
  if (to == nullptr) return;
  *to = {type_of(info.type), info.size, info.expires_at_ms, info.seq, info.time_us};
}

kvs_change change_of(Version::Kind kind) {
  switch (kind) {
    case Version::Kind::kSet:
      return KVS_SET;
    case Version::Kind::kAppend:
      return KVS_APPEND;
    case Version::Kind::kDelete:
      return KVS_DELETE;
    case Version::Kind::kExpire:
      return KVS_EXPIRE;
    case Version::Kind::kHole:
      return KVS_HOLE;
    case Version::Kind::kGap:
      return KVS_GAP;
    case Version::Kind::kCut:
      return KVS_CUT;
    case Version::Kind::kClear:
      return KVS_CLEAR;
  }
  return KVS_SET;
}

std::string& value_space() {
  constexpr std::size_t kLot = std::size_t{1} << 20;
  static thread_local std::string space;
  if (space.capacity() > kLot) std::string().swap(space);
  return space;
}

kvs_code take_write_options(const kvs_write_options* given, bool is_put, kvs_write_options* own) {
  KVS_CHECK(take_struct(given, own));
  if (own->condition > KVS_IF_SEQ) return report_usage("there is no such condition of a write");
  if (own->if_seq != 0 && own->condition != KVS_IF_SEQ) {
    return report_usage("if_seq needs the condition KVS_IF_SEQ");
  }
  if (!is_put && (own->ttl_ms != 0 || own->expires_at_ms != 0)) {
    return report_usage("only kvs_put() sets an expiry with a value; kvs_expire() does afterwards");
  }
  if (own->ttl_ms != 0 && own->expires_at_ms != 0) {
    return report_usage("ttl_ms and expires_at_ms exclude each other");
  }
  return check_expiry(own->expires_at_ms);
}

}  // namespace kvstore::c_api
