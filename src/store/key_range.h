// A range of keys.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kvstore {

struct IteratorOptions;

// The keys from `from` up to, but without, `to` (nullopt: no upper end).
struct KeyRange {
  std::string from;
  std::optional<std::string> to;

  // All keys that begin with `prefix`.
  static KeyRange of_prefix(std::string_view prefix);
  // All keys that the options allow.
  static KeyRange of(const IteratorOptions& options);
  bool is_empty() const { return to && *to <= from; }
};

// The smallest key greater than `key`.
inline std::string key_after(std::string_view key) { return std::string(key) + '\0'; }

}  // namespace kvstore
