// The edit distance of two words, for "did you mean".
#pragma once

#include <cstddef>
#include <string_view>

namespace kvstore {

// Number of characters to add, drop, change or swap with the next one. Case-sensitive. Takes time
// and memory proportional to the product of the sizes.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace kvstore
