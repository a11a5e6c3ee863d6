#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "tests/crash/bytes.h"

namespace kvstore::testing {

Mutation flip_bit(const KnownLog& known, std::uint64_t offset, unsigned bit) {
  Mutation mutation{fmt::format("bit {} of byte {} flipped", bit, offset), known.image};
  mutation.image[offset] = static_cast<char>(mutation.image[offset] ^ 1 << bit);
  return mutation;
}

Mutation cut_at(const KnownLog& known, std::uint64_t size) {
  return {fmt::format("cut to {} bytes", size), known.image.substr(0, size)};
}

Mutation zero_block(const KnownLog& known, std::uint64_t block) {
  Mutation mutation{fmt::format("block {} zeroed", block), known.image};
  const std::uint64_t begin = block * kBlock;
  const std::uint64_t size = std::min<std::uint64_t>(kBlock, known.image.size() - begin);
  std::memset(mutation.image.data() + begin, 0, size);
  return mutation;
}

Mutation copy_block(const KnownLog& known, std::uint64_t from, std::uint64_t to) {
  Mutation mutation{fmt::format("block {} copied onto block {}", from, to), known.image};
  mutation.image.replace(to * kBlock, kBlock, known.image, from * kBlock, kBlock);
  return mutation;
}

Mutation swap_blocks(const KnownLog& known, std::uint64_t one, std::uint64_t other) {
  Mutation mutation = copy_block(known, one, other);
  mutation.what = fmt::format("blocks {} and {} swapped", one, other);
  mutation.image.replace(one * kBlock, kBlock, known.image, other * kBlock, kBlock);
  return mutation;
}

Mutation add_behind(const KnownLog& known, const std::string& bytes) {
  return {fmt::format("{} bytes added after the end", bytes.size()), known.image + bytes};
}

}  // namespace kvstore::testing
