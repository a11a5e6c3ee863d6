#include "src/command/version_name.h"

namespace kvstore::command {

std::string_view kind_name(Version::Kind kind) {
  switch (kind) {
    case Version::Kind::kSet:
      return "set";
    case Version::Kind::kAppend:
      return "append";
    case Version::Kind::kDelete:
      return "delete";
    case Version::Kind::kExpire:
      return "expire";
    case Version::Kind::kHole:
      return "hole";
    case Version::Kind::kGap:
      return "gap";
    case Version::Kind::kClear:
      return "clear";
    case Version::Kind::kCut:
      return "cut";
  }
  return "unknown";
}

std::string_view change_name(Version::Kind kind, ValueType type) {
  const bool is_written = kind == Version::Kind::kSet || kind == Version::Kind::kAppend;
  return is_written && type == ValueType::kZset ? "zset" : kind_name(kind);
}

std::string_view type_name(ValueType type) {
  return type == ValueType::kString ? "string" : type == ValueType::kZset ? "zset" : "none";
}

}  // namespace kvstore::command
