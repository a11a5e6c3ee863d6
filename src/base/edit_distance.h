// How far one word is from another, for "did you mean".
#pragma once

#include <cstddef>
#include <string_view>

namespace kvstore {

// How many characters must be added, dropped, changed or swapped with the next.
// Case counts. Takes the product of the sizes in time and memory.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace kvstore
