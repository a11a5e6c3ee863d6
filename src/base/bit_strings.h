// Values that are used as strings of bits, a word at a time.
#pragma once

#include <cstddef>
#include <string_view>

namespace kvstore {

// The number of bits that are 1.
std::size_t count_ones(std::string_view bytes);

// The index of the first byte that is not `byte`; its size if there is none.
std::size_t first_other_than(unsigned char byte, std::string_view bytes);

}  // namespace kvstore
