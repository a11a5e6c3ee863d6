// Keys from one up to another.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kvstore {

struct IteratorOptions;

// Keys from `from` up to, and without, `to` (nullopt: up to the last).
struct KeyRange {
  std::string from;
  std::optional<std::string> to;

  // All that begin with it.
  static KeyRange of_prefix(std::string_view prefix);
  // All that the options allow.
  static KeyRange of(const IteratorOptions& options);
  bool is_empty() const { return to && *to <= from; }
};

// The first key after it.
inline std::string key_after(std::string_view key) { return std::string(key) + '\0'; }

}  // namespace kvstore
