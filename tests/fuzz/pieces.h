// How an input's head says that the rest of it is to be tried.
#pragma once

#include <string_view>
#include <vector>

#include "tests/fuzz/finding.h"

namespace kvstore::fuzz {

struct Cut {
  bool tiny = false;  // tiny limits
  std::string_view text;
  std::vector<std::string_view> pieces;  // of text
};

inline Cut cut(Input input) {
  if (input.size() < 2) return {};
  Cut made{(input[0] & 1) != 0, as_text(input.subspan(2)), {}};
  std::uint32_t state = input[1] + 1u;
  std::string_view rest = made.text;
  while (!rest.empty()) {
    state = state * 1664525u + 1013904223u;  // small and large pieces, as they come
    const std::size_t most = (state >> 20) % 4 == 0 ? 64 : 5;
    const std::size_t size = input[1] == 0 ? 1 : 1 + (state >> 24) % most;
    made.pieces.push_back(rest.substr(0, size));
    rest.remove_prefix(made.pieces.back().size());
  }
  return made;
}

}  // namespace kvstore::fuzz
