// A version that is asked for, and is yet to come.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "src/base/status.h"
#include "src/store/store.h"

namespace kvstore {

// kNumber, with the hint, of a version above the newest: reads would answer it as the newest, and
// who mistyped it would not learn of it.
inline Status check_version(Store& store, std::uint64_t seq, std::string hint) {
  KV_ASSIGN(const std::uint64_t newest, store.last_seq());
  if (seq <= newest) return {};
  return fail(Code::kNumber,
              "there is no version " + std::to_string(seq) + " yet: the newest is " +
                  std::to_string(newest),
              std::move(hint));
}

}  // namespace kvstore
