// Scratch vectors that keep their memory from request to request, to avoid allocations, but not the
// memory of a huge request.
#pragma once

#include <cstddef>
#include <vector>

namespace kvstore::wire {

inline constexpr std::size_t kKeptWords = 1024;

// Frees `vector` if it has grown beyond kKeptWords.
template <class T>
void trim_scratch(std::vector<T>* vector) {
  if (vector->capacity() > kKeptWords) std::vector<T>().swap(*vector);
}

}  // namespace kvstore::wire
