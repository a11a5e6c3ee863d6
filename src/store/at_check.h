// A version that is asked for, and is yet to come.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/status.h"
#include "src/store/store.h"

namespace kvstore {

// kNumber, with the hint, of a version above the newest: reads would answer it as the newest, and
// who mistyped it would not learn of it.
inline Status check_version(std::uint64_t seq, std::uint64_t newest, std::string_view hint) {
  if (seq <= newest) return {};
  return fail(Code::kNumber,
              "there is no version " + std::to_string(seq) + " yet: the newest is " +
                  std::to_string(newest),
              std::string(hint));
}

inline Status check_version(Store& store, std::uint64_t seq, std::string_view hint) {
  KV_ASSIGN(const std::uint64_t newest, store.last_seq());
  return check_version(seq, newest, hint);
}

}  // namespace kvstore
