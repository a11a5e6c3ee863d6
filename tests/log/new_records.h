// Records for a FileBuilder.
#pragma once

#include <string_view>

#include "src/log/file_builder.h"

namespace kvstore::log {

inline NewRecord set(std::string_view key, std::string_view value) {
  NewRecord record;
  record.kind = Kind::kSet;
  record.key = key;
  record.value = value;
  return record;
}

inline NewRecord append(std::string_view key, std::string_view value) {
  NewRecord record = set(key, value);
  record.kind = Kind::kAppend;
  record.starts = false;
  return record;
}

}  // namespace kvstore::log
